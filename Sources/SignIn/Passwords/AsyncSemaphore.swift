/// A semaphore with a bounded queue, in order of arrival. Known callers go first, and some permits are theirs
/// alone, so that a crowd of strangers locks nobody out.
actor AsyncSemaphore {
    private let permits: Int
    private let mostWaiting: Int
    private let reserved: Int
    private var acquired = 0
    private var known: [CheckedContinuation<Void, Never>] = []
    private var strangers: [CheckedContinuation<Void, Never>] = []

    /// A semaphore with permits, the last `reserved` of which strangers do not get. Up to `mostWaiting`
    /// known callers wait, and as many strangers.
    init(permits: Int, waiting mostWaiting: Int, reserved: Int = 0) {
        self.permits = permits
        self.mostWaiting = mostWaiting
        self.reserved = reserved
    }

    /// Waits for a permit. Returns `false` at once where too many wait already; after `true` the caller has
    /// to ``release()``.
    func acquire(known isKnown: Bool = false) async -> Bool {
        guard acquired >= (isKnown ? permits : permits - reserved) else {
            acquired += 1
            return true
        }
        guard (isKnown ? known : strangers).count < mostWaiting else { return false }
        await withCheckedContinuation { continuation in
            if isKnown { known.append(continuation) } else { strangers.append(continuation) }
        }
        return true
    }

    /// The number of waiting callers.
    var countWaiting: Int { known.count + strangers.count }

    /// Gives a permit back.
    func release() {
        // The permit passes on directly.
        if !known.isEmpty {
            known.removeFirst().resume()
        } else if !strangers.isEmpty, acquired <= permits - reserved {
            strangers.removeFirst().resume()
        } else {
            acquired -= 1
        }
    }
}
