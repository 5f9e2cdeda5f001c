import Ledger
import Tokens

@testable import DeskPages

/// The picture of uses, alone on a page.
struct UsePlotPage: Page {
    let plot: UsePlot

    var title: String { "Uses" }

    var content: HTML {
        section(.class("card")) {
            h1 { "Uses" }
            plot.html
        }
    }
}

extension PagesGallery {
    static let uses: [Picture] = [
        picture("uses-day", .day, office + nightly),
        picture("uses-month", .month, office + nightly),
        picture("uses-year", .year, office + nightly),
        picture("uses-none", .year, []),
        picture("uses-once", .year, [useDay(40, "git", 1, [9])]),
        picture(
            "uses-million", .year,
            (0..<365 as Range<Int64>).map { useDay($0, "maven", 400_000 + Int($0 * 7919 % 600_000), []) }),
        picture("uses-dwarfed", .year, nightly + [useDay(100, "maven", 1_000_000, [3])]),
        picture("uses-many-services", .month, many),
        picture("uses-many-services-year", .year, many),
        picture("uses-many-services-day", .day, many),
    ]

    private static func picture(_ name: String, _ period: UsePlot.Period, _ days: [UseDay]) -> Picture {
        Picture(name, reader, UsePlotPage(plot: UsePlot(days: days, period: period, wording: wording)))
    }

    /// The uses so many days ago.
    static func useDay(_ ago: Int64, _ service: String, _ count: Int, _ hours: [Int]) -> UseDay {
        UseDay(
            day: now.day - ago, service: service, count: count,
            hours: UseHours(hours.map(UseHours.init(hour:))))
    }

    static let nightly = (0..<365 as Range<Int64>).map { useDay($0, "git", 24, [2]) }

    /// Work in the last nine months, with holidays.
    static let office: [UseDay] = (0..<270 as Range<Int64>).compactMap { ago in
        let day = CivilDay(number: now.day - ago)
        guard Weekday.workdays.contains(day.weekday), !(85...98).contains(ago) else { return nil }
        return useDay(ago, "maven", 80 + Int(ago * 37 % 190), [8, 9, 11, 14, 15, 16])
    }

    private static let many: [UseDay] = (0..<365 as Range<Int64>).flatMap { ago in
        ["maven", "git", "studio", "npm", "pypi", "cargo", "docker", ""].enumerated().map {
            useDay(ago, $1, 10 * ($0 + 1) + Int(ago * 13 % 40), [$0 * 2, $0 * 2 + 1])
        }
    }
}
