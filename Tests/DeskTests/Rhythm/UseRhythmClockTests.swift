import Foundation
import Ledger
import Testing
import Tokens

@testable import Desk

@Suite("The rhythm of uses and the clock")
struct UseRhythmClockTests {
    private func isWorkday(_ day: CivilDay) -> Bool { Weekday.workdays.contains(day.weekday) }

    @Test(
        "a job that moves by an hour of UTC with daylight saving has one hour on the clock",
        arguments: [
            // Clocks went back on 25 October 2026, and forward on 29 March.
            ("2026-11-01T12:00", "Mon 03:00"), ("2026-11-20T12:00", "Mon 03:00"),
            ("2026-04-01T12:00", "Thu 03:00"), ("2026-04-30T12:00", "Fri 03:00"),
        ])
    func daylightSaving(now: String, next: String) throws {
        let nightly = UseTimeline("2025-12-01", "2026-11-29", at: [3], in: .paris, on: isWorkday)
        let rhythm = nightly.rhythm(at: now)
        #expect(rhythm.words == "every weekday about 03:00, next expected \(next)")
        let hour = try #require(rhythm.next.map { LocalTime.paris.hour(of: $0) })
        #expect(hour.floored(by: 24).remainder == 3)
    }

    @Test("the next use is at the hour on the clock after the change, too")
    func acrossTheChange() {
        let weekly = UseTimeline("2026-06-01", "2026-11-29", at: [3], in: .paris) { $0.weekday == .sunday }
        // The last summer Sunday; the next use is after the change, an hour later in UTC.
        #expect(weekly.rhythm(at: "2026-10-18T12:00").next?.rfc3339 == "2026-10-25T02:00:00Z")
        #expect(weekly.rhythm(at: "2026-10-11T12:00").next?.rfc3339 == "2026-10-18T01:00:00Z")
        #expect(weekly.rhythm(at: "2026-03-22T12:00").next == nil)
        let spring = UseTimeline("2025-12-01", "2026-11-29", at: [3], in: .paris) { $0.weekday == .sunday }
        #expect(spring.rhythm(at: "2026-03-22T12:00").next?.rfc3339 == "2026-03-29T01:00:00Z")
    }

    @Test("west of Greenwich the change comes hours after midnight UTC, and the hour holds there, too")
    func west() {
        let weekly = UseTimeline("2026-01-01", "2026-11-29", at: [3], in: .newYork) { $0.weekday == .sunday }
        #expect(weekly.rhythm(at: "2026-03-07T12:00").next?.rfc3339 == "2026-03-08T07:00:00Z")
        #expect(weekly.rhythm(at: "2026-10-24T12:00").next?.rfc3339 == "2026-10-25T07:00:00Z")
        #expect(weekly.rhythm(at: "2026-10-30T12:00").next?.rfc3339 == "2026-11-01T08:00:00Z")
        #expect(
            weekly.rhythm(at: "2026-11-05T12:00").words
                == "about once a week, on Sunday about 03:00, next expected Sun 03:00")
    }

    @Test("a server without a time zone sees one rhythm, too")
    func inUTC() {
        var nightly = UseTimeline("2026-06-01", "2026-11-29", at: [3], in: .paris, on: isWorkday)
        nightly = UseTimeline(hours: nightly.hours, in: .utc)
        #expect(
            nightly.rhythm(at: "2026-11-10T12:00").words
                == "every weekday about 02:00 UTC, next expected Wed 02:00")
    }

    @Test("half hours between the clock and UTC make no two times of one")
    func halfHours() {
        let nightly = UseTimeline("2026-06-01", "2026-11-29", at: [6], in: .delhi)
        #expect(
            nightly.rhythm(at: "2026-11-29T12:00").words == "every day about 06:00, next expected Mon 06:00")
    }

    @Test("a few minutes or days of silence are never quiet while the rhythm explains them")
    func quiet() {
        let nightly = UseTimeline("2026-06-01", "2026-11-27", at: [3], on: isWorkday)
        // Friday night was the last; Monday, Tuesday and Wednesday nights are waited for.
        for now in ["2026-11-27T03:12", "2026-11-29T23:00", "2026-11-30T12:00", "2026-12-02T02:00"] {
            #expect(!nightly.rhythm(at: now).hasStopped, "\(now)")
        }
        #expect(nightly.rhythm(at: "2026-12-02T08:00").hasStopped)
        let monthly = UseTimeline("2026-01-01", "2026-11-29", at: [4]) { $0.day == 1 }
        #expect(!monthly.rhythm(at: "2026-12-20T12:00").hasStopped)
        #expect(monthly.rhythm(at: "2027-01-08T12:00").hasStopped)
        let rhythm = nightly.rhythm(at: "2026-11-27T12:00")
        #expect(!rhythm.isQuiet(at: rhythm.quietFrom - .seconds(1)))
        #expect(rhythm.isQuiet(at: rhythm.quietFrom))
        #expect(rhythm.quietFrom.rfc3339 == "2026-12-02T06:00:00Z")
    }

    @Test("a token that was just created is not quiet, and after a month without a use it is")
    func created() {
        func rhythm(_ age: TimeSpan, lastUse: Timestamp? = nil) -> UseRhythm {
            let now = Timestamp(date: "2026-11-29")!
            return UseRhythm(of: [], lastUse: lastUse, created: now - age, now: now, in: .plain)
        }
        #expect(!rhythm(.minutes(1)).isQuiet(at: Timestamp(date: "2026-11-29")!))
        #expect(rhythm(.days(31)).isQuiet(at: Timestamp(date: "2026-11-29")!))
        #expect(
            rhythm(.days(900), lastUse: Timestamp(date: "2025-09-01")!).words
                == "not used in the last year, last 15 months ago")
    }

    @Test("days from before hours were kept have a rhythm of days, and no hour")
    func incomplete() {
        let allDay = UseTimeline("2026-06-01", "2026-11-29", at: Array(0..<24))
        #expect(allDay.rhythm(at: "2026-11-29T12:00", isOld: true).words == "every day")
        let office = UseTimeline("2026-06-01", "2026-11-29", at: Array(8..<18), on: isWorkday)
        #expect(office.rhythm(at: "2026-11-29T12:00", isOld: true).words == "every weekday")
    }

    @Test(
        "numbers that are no days, and days to come, change nothing",
        arguments: [Int64.min, -1, 99_999, .max])
    func strange(day: Int64) {
        let nightly = UseTimeline("2026-06-01", "2026-11-29", at: [3])
        let now = Timestamp(rfc3339: "2026-11-29T12:00:00Z")!
        let odd = UseDay(day: day, service: "", count: .max, hours: UseHours(rawValue: .max))
        let rhythm = UseRhythm(of: nightly.days(at: now) + [odd], created: now, now: now, in: .plain)
        #expect(rhythm.words == "every day about 03:00, next expected Mon 03:00")
    }

    @Test("any history has words, and is not quiet before its last use")
    func anyHistory() {
        var random = SystemRandomNumberGenerator()
        let now = Timestamp(rfc3339: "2026-11-29T12:20:00Z")!
        for _ in 0..<60 {
            let span = Int64.random(in: 1...365, using: &random)
            let hours = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                now.seconds / 3600 - Int64.random(in: 0..<span * 24, using: &random)
            }
            let timeline = UseTimeline(hours: Set(hours), in: .paris)
            let rhythm = UseRhythm(
                of: timeline.days(at: now), created: now - .days(400), now: now, in: .paris)
            #expect(!rhythm.words.isEmpty && !rhythm.words.contains("  "), "\(hours.sorted())")
            #expect(rhythm.quietFrom > rhythm.lastUse ?? .distantPast, "\(hours.sorted())")
            #expect(rhythm.next == nil || !rhythm.hasStopped, "\(hours.sorted())")
        }
    }

    @Test("the server's own time zone is that of the system")
    func system() {
        let now = Timestamp(date: "2026-11-29")!
        #expect(!LocalTime.system.name(at: now).isEmpty)
        for day in 0..<400 as Range<Int64> {
            let moment = now - .days(day)
            let offset = TimeZone.current.secondsFromGMT(
                for: Date(timeIntervalSince1970: TimeInterval(moment.seconds)))
            #expect(LocalTime.system.hour(of: moment) == (moment.seconds + Int64(offset)) / 3600)
        }
    }
}

extension UseTimeline {
    fileprivate init(hours: Set<Int64>, in place: LocalTime) {
        self.init(in: place)
        self.hours = hours
    }
}
