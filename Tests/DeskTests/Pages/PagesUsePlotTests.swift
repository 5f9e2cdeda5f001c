import Ledger
import Testing
import Tokens

@testable import DeskPages

@Suite("Pages: the picture of uses")
struct PagesUsePlotTests {
    private func plot(_ days: [UseDay], _ period: UsePlot.Period = .month) -> UsePlot {
        UsePlot(days: days, period: period, wording: PagesGallery.wording)
    }

    private func day(_ ago: Int64, _ service: String, _ count: Int, _ hours: [Int] = []) -> UseDay {
        PagesGallery.useDay(ago, service, count, hours)
    }

    @Test("a day is told with its services, the most used first, and days before the span are left out")
    func oneDay() {
        let plot = plot([day(0, "git", 20), day(0, "maven", 1100), day(30, "git", 7), day(-1, "git", 7)])
        let html = plot.html.markup
        #expect(
            html.contains(
                "<title>Tue 24 Mar 2026: 1,120 uses: Maven private repository 1,100, Studio projects over Git 20</title>"
            ))
        #expect(html.components(of: "<title>") == 1)
        #expect(
            plot.sentence
                == "1,120 uses in the last 30 days, on Tue 24 Mar 2026. Days are in UTC."
        )
        #expect(html.contains("role=\"img\" aria-label=\"Uses a day. 1,120 uses"))
    }

    @Test("the day with the most uses is named, the latest of several")
    func most() {
        let days = [day(0, "git", 5), day(3, "git", 20), day(3, "maven", 1), day(9, "git", 21)]
        #expect(
            plot(days).sentence
                == "47 uses on 3 days in the last 30 days, the most on Sat 21 Mar 2026: 21. Days are in UTC.")
    }

    @Test("no uses are said in words", arguments: UsePlot.Period.allCases)
    func none(period: UsePlot.Period) {
        for days in [[], [day(365, "git", 3)], [day(0, "git", 0)]] {
            #expect(plot(days, period).html.markup == "<p class=\"empty\">No uses \(period.words).</p>")
        }
    }

    @Test("five services have colours, and the others are one")
    func others() {
        let names = ["a", "b", "c", "d", "e", "f", ""]
        let days = names.enumerated().map { day(0, $1, 100 - $0) }
        #expect(plot(days).series.titles == ["a", "b", "c", "d", "e", "others"])
        #expect(plot(days).series.counts.last == [100, 99, 98, 97, 96, 95 + 94])
        #expect(plot(Array(days.prefix(5))).series.titles == ["a", "b", "c", "d", "e"])
        #expect(plot([day(0, "", 3)]).series.titles == ["others"])
        #expect(plot(days).html.markup.contains("class=\"use-others\""))
    }

    @Test("strange numbers neither crash nor escape", arguments: [Int.min, -1, 0, .max])
    func strange(count: Int) {
        for period in UsePlot.Period.allCases {
            let days = [day(0, "<b>", count), day(0, "git", .max), day(1, "", .max)]
            #expect(!plot(days, period).html.markup.contains("<b>"))
            _ =
                plot([UseDay(day: .min, service: "", count: count, hours: UseHours(rawValue: .max))], period)
                .html
        }
    }

    @Test("the table of a year adds up by month, that of 30 days has the days, that of a day the hours")
    func tables() {
        let days = [day(0, "git", 2, [3, 15]), day(1, "git", 3), day(1, "maven", 1), day(24, "git", 10)]
        let year = plot(days, .year).numbers.markup
        #expect(year.components(of: "<tr role=\"row\"><td") == 13)
        #expect(year.contains("<div>Mar 2026</div>"))
        #expect(
            year.contains(
                "data-column=\"Days used\"><div>2</div></td><td role=\"cell\" data-column=\"Studio projects over Git\"><div>5</div>"
            ))
        let month = plot(days, .month).numbers.markup
        #expect(month.components(of: "<tr role=\"row\"><td") == 3)
        #expect(month.contains("<div>Mon 23 Mar 2026</div>"))
        #expect(plot(days, .day).numbers.markup.contains("<div>03:00, 15:00</div>"))
    }

    @Test(
        "the scale is linear up to a round number, unless one day dwarfs the others",
        arguments: [
            ([1], 1, false), ([412, 3], 600, false), ([293], 300, false),
            ([1_000_000, 900_000, 800_000], 1_000_000, false),
            ([1_000_001, 900_000, 800_000], 2_000_000, false), ([1_000_024, 24, 24, 24], 1_000_024, true),
            ([250, 10, 10], 250, true), ([249, 10, 10], 300, false), ([0, 0, 250, 1], 300, false),
        ])
    func scale(totals: [Int], top: Int, isLogarithmic: Bool) {
        let scale = UseScale(totals, height: 200)
        #expect(scale.top == top)
        #expect(scale.isLogarithmic == isLogarithmic)
        #expect(scale.height(of: 0) == 0)
        #expect(scale.height(of: 1) >= 2)
        #expect(scale.height(of: top) == 200)
        #expect(scale.lines.allSatisfy { $0 > 0 && $0 <= top })
        #expect(isLogarithmic || scale.lines.last == top)
        let heights = totals.sorted().map(scale.height)
        #expect(heights == heights.sorted())
    }

    @Test("a year of many services stays below 150 kB")
    func size() throws {
        let page = try #require(PagesGallery.uses.first { $0.name == "uses-many-services-year" })
        #expect(page.document.utf8.count < 150_000)
    }
}

extension String {
    /// How often `part` occurs.
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
