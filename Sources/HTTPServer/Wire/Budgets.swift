import Memory
import Synchronization

/// Limits the bytes of request and response bodies that all connections hold together.
///
/// The first ``free`` bytes of each body are not counted: the number of connections is bounded, and so most requests do
/// not touch the shared counter.
final class MemoryBudget: Sendable {
    /// The bytes of each body that are not counted.
    static let free = 16 * 1024
    /// After a peak of so many bytes, freed memory is returned to the system.
    private static let peak = 8 * 1024 * 1024

    private let limit: Int
    private let used = Atomic(0)
    /// The peak since memory was returned.
    private let most = Atomic(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Reserves bytes; `false` if the limit was reached before. The last reservation may exceed it.
    func take(_ count: Int) -> Bool {
        guard count > 0 else { return true }
        let before = used.add(count, ordering: .relaxed).oldValue
        guard before < limit else {
            give(count)
            return false
        }
        most.max(before + count, ordering: .relaxed)
        return true
    }

    func give(_ count: Int) {
        if count > 0 { used.subtract(count, ordering: .relaxed) }
    }

    /// Returns freed memory to the system after a peak. To be called periodically.
    func trim() {
        guard most.load(ordering: .relaxed) >= Self.peak, used.load(ordering: .relaxed) < Self.peak / 2 else {
            return
        }
        most.store(0, ordering: .relaxed)
        FreedMemory.giveBack()
    }
}

/// Limits concurrent requests, except urgent ones and those of direct handlers.
final class RequestBudget: Sendable {
    private let limit: Int
    private let taken = Atomic(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Reserves a place; `false` if there is none.
    func take() -> Bool {
        guard taken.add(1, ordering: .relaxed).oldValue < limit else {
            give()
            return false
        }
        return true
    }

    func give() {
        taken.subtract(1, ordering: .relaxed)
    }
}
