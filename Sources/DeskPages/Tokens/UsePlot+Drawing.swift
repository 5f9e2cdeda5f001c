import Ledger
import Tokens

/// The measures of the picture, in its units: about one pixel on a large screen, and less than half of one on a phone,
/// where the stylesheet doubles the letters and leaves out what is marked as minor.
private enum Measure {
    static let width = 800
    static let height = 264
    /// Where the bars start, right of the numbers.
    static let left = 64
    static let length = 730
    /// The line on which the bars stand.
    static let base = 224
    /// The height of the tallest bar.
    static let tall = 204
    /// The baseline of the words below.
    static let words = 252
    /// The height of a row of hours.
    static let row = 26
}

extension UsePlot {
    var scale: UseScale { UseScale(series.totals, height: Measure.tall) }

    private var slot: Int { Measure.length / period.rawValue }

    private func left(of index: Int) -> Int { Measure.left + index * slot }

    // MARK: A bar a day

    var bars: HTML {
        let scale = scale
        return svg(
            width: Measure.width, height: Measure.height, .role("img"), .label("Uses a day. \(sentence)")
        ) {
            lines(scale)
            dates
            for index in series.titles.indices {
                rects(areas(of: index, scale), .class(colour(index)))
            }
            g(.class("days")) {
                for (index, counts) in series.counts.enumerated() {
                    if counts.contains(where: { $0 > 0 }) { hoverArea(index, counts) }
                }
            }
        }
    }

    /// The parts of the bars that belong to a service. The height of a bar is that of the day; its parts are in
    /// proportion, also on a logarithmic scale.
    private func areas(of service: Int, _ scale: UseScale) -> [SVGArea] {
        series.counts.enumerated().compactMap { index, counts in
            let total = counts.reduce(0, +)
            guard counts[service] > 0 else { return nil }
            let height = scale.height(of: total)
            func edge(_ below: Int) -> Int { Int((Double(below) / Double(total) * Double(height)).rounded()) }
            let below = counts.prefix(service).reduce(0, +)
            let (bottom, top) = (edge(below), edge(below + counts[service]))
            guard top > bottom else { return nil }
            let width = slot > 4 ? slot - 3 : slot
            // Wide bars have a line between their parts, for those who do not tell the colours apart.
            let gap = slot > 4 && bottom > 0 && top - bottom > 3 ? 1 : 0
            return SVGArea(
                x: left(of: index), y: Measure.base - top, width: width, height: top - bottom - gap)
        }
    }

    private func hoverArea(_ index: Int, _ counts: [Int]) -> HTML {
        let total = counts.reduce(0, +)
        let uses = "\(total.grouped) \(total == 1 ? "use" : "uses")"
        return rect(
            SVGArea(x: left(of: index), y: Measure.base - Measure.tall, width: slot, height: Measure.tall),
            hover: "\(series.day(index).longWords): \(uses): \(series.words(counts))")
    }

    /// Lines across, each with its count.
    @HTMLBuilder
    private func lines(_ scale: UseScale) -> HTML {
        let lines = scale.lines
        rule(x: Measure.left, y: Measure.base, length: Measure.length, .class("base"))
        for (index, count) in lines.enumerated() {
            let y = Measure.base - scale.height(of: count)
            let isMinor = lines.count > 3 && (lines.count - 1 - index) % 3 != 0
            rule(x: Measure.left, y: y, length: Measure.length, .class("line"))
            svgText(x: Measure.left - 6, y: y + 4, .class(isMinor ? "number minor" : "number")) {
                count.compact
            }
        }
    }

    /// The months of a year, or the Mondays of a month.
    @HTMLBuilder
    private var dates: HTML {
        let marks = series.counts.indices.filter { index in
            let day = series.day(index)
            return period == .year ? day.day == 1 : day.weekday == .monday
        }
        for (number, index) in marks.enumerated() {
            let day = series.day(index)
            // Words that start too far right would be cut off.
            let room = Measure.left + Measure.length - left(of: index)
            let isMinor = number % (period == .year ? 3 : 2) != 0 || room < 90
            if room > 24 {
                svgText(x: left(of: index), y: Measure.words, isMinor ? .class("minor") : nil) {
                    period == .month
                        ? day.words : day.month == 1 ? "\(day.monthName) \(day.year)" : day.monthName
                }
            }
        }
    }

    // MARK: The hours of a day

    /// A row for each service, with the hours of today in which it was used.
    var hourStrip: HTML {
        let (width, rows) = (Measure.length / 24, series.titles.count)
        let bottom = 8 + rows * Measure.row
        return svg(
            width: Measure.width, height: bottom + 40, .role("img"), .label("Hours of use. \(sentence)")
        ) {
            for row in series.titles.indices {
                let y = 8 + row * Measure.row
                rule(x: Measure.left, y: y + Measure.row - 3, length: width * 24, .class("line"))
                for hour in series.lastHours[row].list {
                    rect(
                        SVGArea(
                            x: Measure.left + hour * width, y: y, width: width - 3, height: Measure.row - 4),
                        .class(colour(row)),
                        hover: "\(series.titles[row]), \(Self.clock(hour)) to \(Self.clock(hour + 1))")
                }
            }
            for hour in stride(from: 0, through: 18, by: 6) {
                svgText(x: Measure.left + hour * width, y: bottom + 28) { Self.clock(hour) }
            }
        }
    }

    static func clock(_ hour: Int) -> String { "\(hour < 10 ? "0" : "")\(hour):00" }
}
