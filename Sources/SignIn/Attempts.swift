import Tokens

/// Slows guessing: after a few free failures each further one doubles the wait, up to a minute.
///
/// A refusal while waiting does not lengthen the wait, and the wait is capped, so that nobody is
/// locked out for good. What is kept is bounded, and forgotten a quarter of an hour after the
/// last failure.
struct Attempts: Sendable {
    /// Who or what is counted.
    enum Key: Hashable, Sendable {
        /// An account, tried from browsers that never signed in to it.
        case account(String)
        /// A browser that signed in to the account before: its owner's, most likely.
        case device(String)
        /// An address; for IPv6 the network of 64 bits, since one customer holds all of it.
        case address(IPAddress)

        /// An address as it is counted.
        static func network(of address: IPAddress) -> Key {
            .address(address.isV4 ? address : IPAddress(high: address.high, low: 0))
        }

        var free: Int {
            switch self {
            case .account, .device: 5
            case .address: 20
            }
        }
    }

    private struct Failures {
        var count = 0
        var last = Timestamp(milliseconds: 0)
    }

    static let longestWait = TimeSpan.minutes(1)
    static let memory = TimeSpan.minutes(15)
    static let capacity = 50_000

    private var failures: [Key: Failures] = [:]

    /// For how many keys failures are kept.
    var count: Int { failures.count }

    /// How long `keys` still have to wait; `nil` where they may try now.
    func wait(for keys: [Key], at now: Timestamp) -> TimeSpan? {
        let waits = keys.compactMap { key -> TimeSpan? in
            guard let failed = failures[key], failed.count >= key.free, now - failed.last < Self.memory else {
                return nil
            }
            let doubled = TimeSpan.seconds(1 << Int64(min(failed.count - key.free, 10)))
            let left = failed.last + min(doubled, Self.longestWait) - now
            return left > .seconds(0) ? left : nil
        }
        return waits.max()
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
            var failed = failures[key] ?? Failures()
            if now - failed.last >= Self.memory { failed.count = 0 }
            failed.count += 1
            failed.last = now
            failures[key] = failed
        }
    }

    /// Forgets the failures of who has now succeeded; of an address, which many share, this attempt alone.
    mutating func succeed(_ keys: [Key]) {
        for key in keys {
            if case .address = key, let count = failures[key]?.count, count > 1 {
                failures[key]?.count = count - 1
            } else {
                failures[key] = nil
            }
        }
    }

    /// Takes an attempt back that came to nothing, neither right nor wrong.
    mutating func withdraw(_ keys: [Key]) {
        for key in keys {
            if let count = failures[key]?.count { failures[key]?.count = max(0, count - 1) }
        }
    }

    /// Drops what is over, and where that is not enough the older half.
    private mutating func forget(at now: Timestamp) {
        failures = failures.filter { now - $0.value.last < Self.memory }
        guard failures.count > Self.capacity / 2 else { return }
        let moments = failures.values.map(\.last).sorted()
        let middle = moments[moments.count / 2]
        failures = failures.filter { $0.value.last > middle }
    }
}
