import Notices
import Testing
import Tokens

@Suite("retries of deliveries")
struct RetryScheduleTests {
    private let now = Timestamp(seconds: 1_796_090_709)

    @Test("ten attempts last about three days")
    func days() throws {
        var at = now
        for attempt in 1...9 {
            at = try #require(RetrySchedule.next(after: attempt, at: at, jitter: 0))
        }
        #expect(at - now >= .days(3))
        #expect(at - now <= .days(4))
        #expect(RetrySchedule.next(after: 10, at: at, jitter: 0) == nil)
    }

    @Test(
        "jitter moves a moment by at most a tenth",
        arguments: [(0.0, 300_000), (0.5, 315_000), (1.0, 330_000)])
    func jitter(share: Double, milliseconds: Int64) {
        let next = RetrySchedule.next(after: 2, at: now, jitter: share)
        #expect(next == now + TimeSpan(milliseconds: milliseconds))
    }

    @Test(
        "a receiver may ask for more time, and for at most a day",
        arguments: [(60, 300), (600, 600), (1_000_000, 86_400), (-5, 300)])
    func retryAfter(asked: Int64, seconds: Int64) {
        let next = RetrySchedule.next(after: 2, at: now, retryAfter: .seconds(asked), jitter: 0)
        #expect(next == now + .seconds(seconds))
    }
}
