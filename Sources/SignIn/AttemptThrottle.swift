import Tokens

/// Slows guessing within this process, by the rule of `FailedAttempts`: what has to hold for every node is
/// counted by the ledger.
///
/// A refusal while waiting does not lengthen the wait, and the wait is capped, so that nobody is
/// locked out for good. What is kept is bounded.
struct AttemptThrottle: Sendable {
    typealias Key = AttemptKey

    static let memory = FailedAttempts.memory
    static let capacity = 50_000

    private var failures: [Key: FailedAttempts] = [:]

    /// For how many keys failures are kept.
    var count: Int { failures.count }

    /// How long `keys` still have to wait; `nil` where they may try now.
    func wait(for keys: [Key], at now: Timestamp) -> TimeSpan? {
        keys.compactMap { key in failures[key]?.wait(after: key.free, at: now) }.max()
    }

    /// Begins an attempt: how long `keys` still have to wait, or `nil` where it may be made now. It is
    /// counted as a failure until it succeeds, so that many at once are no way around the wait.
    mutating func begin(_ keys: [Key], at now: Timestamp) -> TimeSpan? {
        if let wait = wait(for: keys, at: now) { return wait }
        fail(keys, at: now)
        return nil
    }

    /// Counts a failure for each of `keys`.
    mutating func fail(_ keys: [Key], at now: Timestamp) {
        if failures.count + keys.count > Self.capacity { forget(at: now) }
        for key in keys {
            failures[key] = failures[key]?.another(at: now) ?? FailedAttempts(count: 1, last: now)
        }
    }

    /// Forgets the failures of who has now succeeded; of an address, which many share, this attempt alone.
    mutating func succeed(_ keys: [Key]) {
        for key in keys {
            if key.isShared { withdraw([key]) } else { failures[key] = nil }
        }
    }

    /// Takes an attempt back that came to nothing, neither right nor wrong.
    mutating func withdraw(_ keys: [Key]) {
        for key in keys {
            guard let failed = failures[key] else { continue }
            failures[key] =
                failed.count > 1 ? FailedAttempts(count: failed.count - 1, last: failed.last) : nil
        }
    }

    /// Drops what is over, and where that is not enough the older half.
    private mutating func forget(at now: Timestamp) {
        failures = failures.filter { $0.value.last.isWithin(Self.memory, before: now) }
        guard failures.count > Self.capacity / 2 else { return }
        let moments = failures.values.map(\.last).sorted()
        let middle = moments[moments.count / 2]
        failures = failures.filter { $0.value.last > middle }
    }
}
