import Memory
import Synchronization

/// How many bytes of bodies, received and to be sent, all connections of a server hold together.
///
/// What each connection holds anyway, ``free`` bytes of each body, is not counted: their number is bounded, and
/// nothing that is shared is touched for most requests.
final class MemoryBudget: Sendable {
    /// So much of each body is not counted.
    static let free = 16 * 1024
    /// What is given back to the system when so much was held and is held no more.
    private static let peak = 8 * 1024 * 1024

    private let limit: Int
    private let used = Atomic(0)
    /// The most that was held since memory was given back.
    private let most = Atomic(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Counts so many bytes; `false`, and not counted, where the limit is reached already. So the last one may
    /// go beyond it.
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

    /// Gives memory back to the system where much was held and little is now. To be called now and then.
    func trim() {
        guard most.load(ordering: .relaxed) >= Self.peak, used.load(ordering: .relaxed) < Self.peak / 2 else {
            return
        }
        most.store(0, ordering: .relaxed)
        FreedMemory.giveBack()
    }
}

/// How many requests a server works on at a time, urgent ones and those that are answered at once not counted.
final class RequestBudget: Sendable {
    private let limit: Int
    private let taken = Atomic(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Counts one more; `false`, and not counted, where there are as many as may be.
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
