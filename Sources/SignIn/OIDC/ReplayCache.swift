import Sodium
import Tokens

/// Remembers what was used and may not be used again, for as long as it would be taken.
struct ReplayCache: Sendable {
    private var until: [SHA256Digest: Timestamp] = [:]
    private let capacity: Int

    init(capacity: Int = 20_000) {
        self.capacity = capacity
    }

    /// Whether `text` is used for the first time.
    mutating func use(_ text: String, until end: Timestamp, at now: Timestamp) -> Bool {
        if isUsed(text, at: now) { return false }
        let digest = SHA256Digest(of: Array(text.utf8).span)
        if until.count >= capacity { forget(at: now) }
        until[digest] = end
        return true
    }

    /// Whether `text` was used and is still remembered.
    func isUsed(_ text: String, at now: Timestamp) -> Bool {
        until[SHA256Digest(of: Array(text.utf8).span)].map { $0 > now } ?? false
    }

    /// Lets `text` be used again.
    mutating func forget(_ text: String) {
        until[SHA256Digest(of: Array(text.utf8).span)] = nil
    }

    /// Drops what is over, and where that is not enough the half that is over first.
    private mutating func forget(at now: Timestamp) {
        until = until.filter { $0.value > now }
        guard until.count >= capacity else { return }
        let ends = until.values.sorted()
        let middle = ends[ends.count / 2]
        until = until.filter { $0.value > middle }
    }
}
