import Ledger
import Tokens

/// The uses of a token as a picture: a bar a day, stacked by service.
///
/// It is drawn by the server, and works without a script. Whoever cannot see it, or would rather read, finds the same
/// numbers in a table below it; a pointer over a day shows that day's.
///
///     UsePlot(days: history, period: .year, wording: wording).html
struct UsePlot: Sendable, Hashable {
    /// How many days it shows.
    enum Period: Int, CaseIterable, Sendable {
        case day = 1
        case month = 30
        case year = 365

        /// "in the last year".
        var words: String {
            switch self {
            case .day: "today (UTC)"
            case .month: "in the last 30 days"
            case .year: "in the last year"
            }
        }
    }

    let series: UseSeries
    let period: Period

    init(days: [UseDay], period: Period, wording: Wording) {
        series = UseSeries(days, length: period.rawValue, wording)
        self.period = period
    }

    @HTMLBuilder
    var html: HTML {
        if series.total == 0 {
            p(.class("empty")) { "No uses \(period.words)." }
        } else {
            figure(.class("plot")) {
                period == .day ? hourStrip : bars
                figcaption {
                    p { sentence + hints }
                    legend
                }
            }
            details(.class("more plot-table")) {
                summary { "The same as a table" }
                numbers
            }
        }
    }

    /// "12,340 uses on 210 days in the last year, the most on Tue 3 Nov 2026: 412."
    var sentence: String {
        let total = "\(series.total.grouped) \(series.total == 1 ? "use" : "uses")"
        guard period != .day else { return "\(total) \(period.words), in the hours that are marked." }
        let totals = series.totals
        let most = totals.indices.max { (totals[$0], $0) < (totals[$1], $1) } ?? 0
        guard series.daysUsed > 1 else {
            return "\(total) \(period.words), on \(series.day(most).longWords). Days are in UTC."
        }
        return
            "\(total) on \(series.daysUsed) days \(period.words), the most on \(series.day(most).longWords): "
            + "\(totals[most].grouped). Days are in UTC."
    }

    /// How to read the picture, where that does not go without saying.
    private var hints: String {
        guard period != .day else { return "" }
        let lines = scale.isLogarithmic ? " Each line stands for ten times as many as the one below." : ""
        return lines + (series.titles.count > 1 ? " Stacked from the bottom:" : "")
    }

    private var legend: HTML {
        ul(.class("legend")) {
            for (index, title) in series.titles.enumerated() {
                li {
                    HTML("span", [.class("swatch \(colour(index))")], .none)
                    "\(title): \(series.total(of: index).grouped)"
                }
            }
        }
    }

    /// The class of a service's colour.
    func colour(_ index: Int) -> String {
        index < UseSeries.most ? "use-\(index + 1)" : "use-others"
    }
}
