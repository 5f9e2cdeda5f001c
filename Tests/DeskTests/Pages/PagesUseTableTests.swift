import Desk
import Ledger
import Testing
import Tokens

@testable import DeskPages

@Suite("Pages: the table of uses")
struct PagesUseTableTests {
    /// Wednesday, 25 March 2026, 12:00 UTC.
    private static let now = Timestamp(seconds: 1_774_440_000)

    /// The rhythm of uses so many days ago, each day's last one at `hour`, with so many a day.
    private func rhythm(_ daysAgo: some Sequence<Int64>, hour: Int64, count: Int) -> String? {
        let midnight = Timestamp(milliseconds: Self.now.day * 86_400_000)
        let uses = daysAgo.map { days in
            Use(
                secret: SecretID(number: 1), service: "git", address: "192.0.2.1", client: "Git 2.39",
                lastAt: midnight - .days(days) + .hours(hour), count: count)
        }
        return summedByPlace(uses).first?.rhythm(at: Self.now, in: .utc)
    }

    @Test("one use a day has an hour; of many only the days are known; one use is told as such")
    func words() {
        #expect(rhythm(0...60, hour: 3, count: 1) == "every day about 03:00 UTC, next expected Thu 03:00")
        let weekdays = (0...60).filter { ![3, 4].contains($0 % 7) }.map(Int64.init)
        #expect(rhythm(weekdays, hour: 3, count: 40)?.hasPrefix("every weekday") == true)
        #expect(rhythm(weekdays, hour: 3, count: 40)?.contains("03:00") == false)
        #expect(rhythm([40], hour: 3, count: 1) == "once, 40 days ago")
        #expect(rhythm([40], hour: 3, count: 96) == "on one day")
    }
}
