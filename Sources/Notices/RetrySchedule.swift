public import Tokens

/// When a delivery that failed is tried again, for about three days
/// ([Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)).
public enum RetrySchedule {
    /// How long to wait after each attempt.
    public static let pauses: [TimeSpan] = [
        .seconds(5), .minutes(5), .minutes(30), .hours(2), .hours(5), .hours(10), .hours(14), .hours(20),
        .hours(24),
    ]
    /// How long after it was written a delivery is given up that has waited for others, since its channel was down.
    public static let lasting = TimeSpan.days(4)
    /// The longest wait that a receiver may ask for.
    public static let longest = TimeSpan.hours(24)

    /// When to try again after `attempts` failed ones; `nil` where that was the last.
    ///
    /// `jitter` in 0..<1 moves the moment by up to a tenth, so that what failed together does not come back together.
    /// What the receiver asked for (`Retry-After`) is the least.
    public static func next(
        after attempts: Int, at now: Timestamp, retryAfter: TimeSpan? = nil, jitter: Double
    ) -> Timestamp? {
        guard attempts >= 1, attempts <= pauses.count else { return nil }
        let asked = min(retryAfter ?? .seconds(0), longest)
        let least = max(pauses[attempts - 1], asked)
        let moved = Double(least.milliseconds) * (1 + min(max(jitter, 0), 1) / 10)
        return now + TimeSpan(milliseconds: Int64(moved))
    }
}
