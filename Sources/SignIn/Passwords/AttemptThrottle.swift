import Tokens

/// Failed attempts within this process; the ledger counts those that every node has to know. Memory is
/// bounded.
struct AttemptThrottle: AttemptStore, Sendable {
    static let capacity = 50_000

    private var kept: [AttemptKey: FailedAttempts] = [:]

    /// The number of keys.
    var count: Int { kept.count }

    func failures(of key: AttemptKey) -> FailedAttempts? { kept[key] }

    mutating func keep(_ failures: FailedAttempts?, of key: AttemptKey) {
        if let failures, kept[key] == nil, kept.count >= Self.capacity { makeRoom(at: failures.last) }
        kept[key] = failures
    }

    /// Drops what is forgotten by now, and where that is not enough the older half.
    private mutating func makeRoom(at now: Timestamp) {
        kept = kept.filter { $0.value.last.isWithin(FailedAttempts.memory, before: now) }
        guard kept.count > Self.capacity / 2 else { return }
        let moments = kept.values.map(\.last).sorted()
        let middle = moments[moments.count / 2]
        kept = kept.filter { $0.value.last > middle }
    }
}
