import Ledger
import Testing
import Tokens

@testable import Desk

/// What is said of a history. 2026-11-29 is a Sunday.
@Suite("The rhythm of uses")
struct UseRhythmTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let said: String
        let at: String
        let isQuiet: Bool
        let timeline: UseTimeline

        init(
            _ said: String, at: String = "2026-11-29T12:00", quiet: Bool = false,
            in place: LocalTime = .plain,
            _ fill: (inout UseTimeline) -> Void
        ) {
            (self.said, self.at, isQuiet) = (said, at, quiet)
            var timeline = UseTimeline(in: place)
            fill(&timeline)
            self.timeline = timeline
        }

        var testDescription: String { said }
    }

    private static func isWorkday(_ day: CivilDay) -> Bool { Weekday.workdays.contains(day.weekday) }

    static let regularHistories = [
        Case("every day about 03:00, next expected Mon 03:00") {
            $0.add("2026-06-01", "2026-11-29", at: [3])
        },
        Case("every weekday about 03:00, next expected Mon 03:00") {
            $0.add("2026-06-01", "2026-11-29", at: [3], on: isWorkday)
        },
        Case("every weekday about 23:00, next expected Mon 23:00") {
            // From 23:00 to 01:59, so that the Friday's work ends on a Saturday.
            $0.add("2026-06-01", "2026-11-29", at: [23, 24, 25], on: isWorkday)
        },
        Case("every day about 03:00 and 15:00, next expected Sun 15:00") {
            $0.add("2026-06-01", "2026-11-29", at: [3, 15])
        },
        Case("all day, every day") { $0.add("2025-11-29", "2026-11-29", at: Array(0..<24)) },
        Case("on workdays between 08:00 and 18:00") {
            $0.add("2026-06-01", "2026-11-29", at: Array(8..<18), on: isWorkday)
        },
        Case("every day between 01:00 and 06:00") {
            $0.add("2026-06-01", "2026-11-29", at: [1, 2, 3, 4, 5])
        },
        Case("about once a week, on Sunday about 02:00, next expected 6 Dec") {
            $0.add("2026-06-01", "2026-11-29", at: [2]) { $0.weekday == .sunday }
        },
        Case("about once a week, on Thursday about 02:00, next expected Thu 02:00") {
            $0.add("2026-06-01", "2026-11-29", at: [2]) { $0.weekday == .thursday }
        },
        Case("on Mondays and Thursdays about 09:00, next expected Mon 09:00") {
            $0.add("2026-08-01", "2026-11-29", at: [9]) { [.monday, .thursday].contains($0.weekday) }
        },
        Case("monthly, about the 1st, next expected 1 Dec") {
            $0.add("2026-01-01", "2026-11-29", at: [4]) { $0.day == 1 }
        },
        Case("monthly, about the end of the month, next expected 30 Nov") {
            $0.add("2025-12-01", "2026-11-29", at: [4]) {
                $0.day == CivilDay(year: $0.year, month: $0.month, upTo: 31).day
            }
        },
        Case("about every 2 weeks at 10:00, next expected Wed 10:00") {
            $0.add("2026-05-06", "2026-11-29", at: [10]) {
                ($0.number - UseTimeline.day("2026-05-06")) % 14 == 0
            }
        },
        Case("about every 3 days at 10:00, next expected Tue 10:00") {
            $0.add("2026-09-02", "2026-11-29", at: [10]) {
                ($0.number - UseTimeline.day("2026-09-02")) % 3 == 0
            }
        },
        Case("about every 3 months, next expected 11 Dec") {
            $0.add(["2025-12-10", "2026-03-10", "2026-06-10", "2026-09-10"], at: 10)
        },
    ]

    @Test("a regular history is told with its next use", arguments: regularHistories)
    func regular(_ test: Case) { check(test) }

    static let disturbedHistories = [
        // Two nights failed, and somebody tried it by day.
        Case("every day about 03:00, next expected Mon 03:00") {
            $0.add("2026-10-01", "2026-11-29", at: [3])
            $0.remove("2026-11-10", "2026-11-11")
            $0.add(["2026-11-05", "2026-11-20"], at: 15)
        },
        // Two weeks of holidays.
        Case("every weekday about 03:00, next expected Mon 03:00") {
            $0.add("2026-06-01", "2026-11-29", at: [3], on: isWorkday)
            $0.remove("2026-11-02", "2026-11-08")
        },
        // The last two nights failed: that is no silence yet.
        Case("every weekday about 03:00, last 4 days ago, next expected Mon 03:00") {
            $0.add("2026-06-01", "2026-11-25", at: [3], on: isWorkday)
        },
        // A repair on a Saturday.
        Case("every weekday about 03:00, next expected Mon 03:00") {
            $0.add("2026-06-01", "2026-11-29", at: [3], on: isWorkday)
            $0.add(["2026-11-21"], at: 10)
        },
        // A minute before and after the hour.
        Case("every day about 03:00, next expected Mon 03:00") {
            for (index, day) in (UseTimeline.day("2026-10-01")...UseTimeline.day("2026-11-29")).enumerated() {
                $0.hours.insert(day * 24 + (index % 3 == 0 ? 2 : 3))
            }
        },
        // At midnight, sometimes a minute early.
        Case("every weekday about 00:00, next expected Mon 00:00") {
            for day in UseTimeline.day("2026-09-01")...UseTimeline.day("2026-11-29") {
                guard isWorkday(CivilDay(number: day)) else { continue }
                $0.hours.insert(day * 24 - (day % 4 == 0 ? 1 : 0))
            }
        },
        // The first working day of the month.
        Case("monthly, about the 1st, next expected 1 Dec") {
            $0.add(
                [
                    "2026-02-02", "2026-03-02", "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01",
                    "2026-08-03", "2026-09-01", "2026-10-01", "2026-11-02",
                ], at: 9)
        },
        // One month without.
        Case("monthly, about the 15th, next expected 15 Dec") {
            $0.add("2026-03-01", "2026-11-29", at: [9]) { $0.day == 15 && $0.month != 8 }
        },
        // Weekly since October, daily before.
        Case("about once a week, on Thursday about 03:00, next expected Thu 03:00") {
            $0.add("2026-06-01", "2026-10-01", at: [3])
            $0.add("2026-10-01", "2026-11-29", at: [3]) { $0.weekday == .thursday }
        },
        Case("on most days about 09:00, next expected Mon 09:00") {
            $0.add("2026-06-01", "2026-11-29", at: [9]) { $0.number % 10 < 7 }
        },
        // A nightly job, and work by day.
        Case("every day about 03:00 and at other times, next expected Mon 03:00") {
            $0.add("2026-06-01", "2026-11-29", at: [3])
            for (hour, keep) in [(9, 3), (11, 2), (14, 2), (16, 5)] {
                $0.add("2026-06-01", "2026-11-27", at: [hour]) {
                    isWorkday($0) && $0.number % Int64(keep) != 1
                }
            }
        },
        // Somebody who works with it on about two of three days, at any hour.
        Case("on most workdays between 09:00 and 19:00, last 3 days ago") {
            var state: UInt64 = 7
            func random(_ bound: UInt64) -> Int64 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int64((state >> 33) % bound)
            }
            for day in UseTimeline.day("2026-03-01")...UseTimeline.day("2026-11-27")
            where isWorkday(CivilDay(number: day)) && random(10) < 6 {
                for _ in 0..<4 { $0.hours.insert(day * 24 + 9 + random(10)) }
            }
        },
        Case("from Sunday to Thursday about 03:00, next expected Mon 03:00") {
            $0.add("2026-06-01", "2026-11-29", at: [3]) { ![.friday, .saturday].contains($0.weekday) }
        },
        Case("all day, every day") { $0.add("2026-06-01", "2026-11-29", at: [0, 3, 6, 9, 12, 15, 18, 21]) },
        // Weekly until August, monthly since.
        Case("monthly, about the 3rd, next expected 3 Dec") {
            $0.add("2026-01-01", "2026-07-31", at: [4]) { $0.weekday == .friday }
            $0.add("2026-08-01", "2026-11-29", at: [4]) { $0.day == 3 }
        },
        Case("about every 2 weeks at 05:00, next expected Tue 05:00") {
            $0.add("2026-01-01", "2026-11-26", at: [5]) { [1, 15].contains($0.day) }
        },
    ]

    @Test("a missed day or an odd use does not break a rhythm", arguments: disturbedHistories)
    func disturbed(_ test: Case) { check(test) }

    static let stoppedHistories = [
        Case("every weekday about 03:00 until 3 weeks ago", quiet: true) {
            $0.add("2026-06-01", "2026-11-07", at: [3], on: isWorkday)
        },
        Case("all day, every day until 5 days ago", quiet: true) {
            $0.add("2026-06-01", "2026-11-24", at: Array(0..<24))
        },
        Case("about once a week, on Sunday about 02:00 until 5 weeks ago", quiet: true) {
            $0.add("2026-06-01", "2026-10-25", at: [2]) { $0.weekday == .sunday }
        },
        Case("monthly, about the 1st until 4 months ago", quiet: true) {
            $0.add("2026-01-01", "2026-08-01", at: [4]) { $0.day == 1 }
        },
        Case(
            "every weekday about 03:00 until 2 months ago, once since, last 2 days ago"
        ) {
            $0.add("2026-06-01", "2026-09-27", at: [3], on: isWorkday)
            $0.add(["2026-11-27"], at: 11)
        },
    ]

    @Test("a rhythm that has ended is told as ended", arguments: stoppedHistories)
    func stopped(_ test: Case) {
        check(test)
        let rhythm = test.timeline.rhythm(at: test.at)
        #expect(rhythm.hasStopped)
        #expect(rhythm.next == nil)
    }

    static let otherHistories = [
        Case("never used", quiet: true) { _ in },
        Case("once, 40 days ago") { $0.add(["2026-10-20"], at: 12) },
        Case("once, 2 hours ago") { $0.add(["2026-11-29"], at: 10) },
        Case("once, 6 months ago", quiet: true) { $0.add(["2026-06-01"], at: 12) },
        Case("twice on one day, 40 days ago") { $0.add("2026-10-20", "2026-10-20", at: [9, 16]) },
        Case("three times in the last 90 days, last 12 days ago") {
            $0.add(["2026-09-20", "2026-11-08", "2026-11-17"], at: 11)
        },
        Case("twice in the last year, last 5 months ago", quiet: true) {
            $0.add(["2026-01-20", "2026-07-02"], at: 11)
        },
        Case("first used 3 days ago, last 1 hour ago: too new for a rhythm") {
            $0.add("2026-11-26", "2026-11-29", at: [8, 9, 10, 11])
        },
        Case("on 6 days in the last year, last 10 months ago", quiet: true) {
            $0.add("2026-02-01", "2026-02-06", at: [9, 10, 15])
        },
        // Half of the uses are on Sundays, and the others on any day.
        Case("irregularly, on 21 of the last 90 days, last 10 hours ago") {
            $0.add("2026-06-01", "2026-11-29", at: [2]) { $0.weekday == .sunday }
            $0.add("2026-06-01", "2026-11-29", at: [15]) { $0.number % 9 == 4 }
        },
        Case("in bursts, the last 12 days ago") {
            for start in ["2026-02-02", "2026-05-11", "2026-08-17", "2026-11-14"] {
                let day = CivilDay(number: UseTimeline.day(start) + 3)
                let end = Timestamp(seconds: day.number * 86_400).date
                $0.add(start, end, at: [9, 10, 11, 14, 15])
            }
        },
        Case("irregularly, on 17 of the last 90 days, last 2 days ago") {
            var state: UInt64 = 42
            for day in UseTimeline.day("2026-03-01")...UseTimeline.day("2026-11-26") {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                if state >> 60 < 3 { $0.hours.insert(day * 24 + Int64(state >> 33 % 24)) }
            }
            $0.add(["2026-11-27"], at: 12)
        },
    ]

    @Test("without a rhythm it is said what there was", arguments: otherHistories)
    func irregular(_ test: Case) { check(test) }

    private func check(_ test: Case) {
        let rhythm = test.timeline.rhythm(at: test.at)
        #expect(rhythm.words == test.said)
        #expect(rhythm.isQuiet(at: Timestamp(rfc3339: "\(test.at):00Z")!) == test.isQuiet)
    }
}
