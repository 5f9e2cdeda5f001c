import Sodium
import Tokens

/// Remembers what was used and may not be used again, for as long as it would be taken.
struct UsedOnce: Sendable {
    private var until: [SHA256Digest: Timestamp] = [:]
    private let capacity: Int

    init(capacity: Int = 20_000) {
        self.capacity = capacity
    }

    /// Whether `text` is used for the first time.
    mutating func use(_ text: String, until end: Timestamp, at now: Timestamp) -> Bool {
        let digest = SHA256Digest(of: Array(text.utf8).span)
        if let held = until[digest], held > now { return false }
        if until.count >= capacity { forget(at: now) }
        until[digest] = end
        return true
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
