import Sodium
import Tokens

/// Remembers what was used and must not be used again, for as long as it would be accepted.
struct ReplayCache: Sendable {
    private var until: [SHA256Digest: Timestamp] = [:]
    private let capacity: Int

    init(capacity: Int = 20_000) {
        self.capacity = capacity
    }

    /// Marks `text` as used until `end`. Returns whether this is its first use.
    mutating func use(_ text: String, until end: Timestamp, at now: Timestamp) -> Bool {
        if isUsed(text, at: now) { return false }
        let digest = SHA256Digest(of: text)
        if until.count >= capacity { forget(at: now) }
        until[digest] = end
        return true
    }

    /// Whether `text` was used and is still remembered.
    func isUsed(_ text: String, at now: Timestamp) -> Bool {
        until[SHA256Digest(of: text)].map { $0 > now } ?? false
    }

    mutating func forget(_ text: String) {
        until[SHA256Digest(of: text)] = nil
    }

    /// Drops what has expired, and where that is not enough the half that expires first.
    private mutating func forget(at now: Timestamp) {
        until = until.filter { $0.value > now }
        guard until.count >= capacity else { return }
        let ends = until.values.sorted()
        let middle = ends[ends.count / 2]
        until = until.filter { $0.value > middle }
    }
}
