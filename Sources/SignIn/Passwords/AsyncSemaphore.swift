/// A semaphore with a bounded queue, in order of arrival. Known callers go first, and some permits are theirs
/// alone, so that a crowd of strangers locks nobody out.
actor AsyncSemaphore {
    private let most: Int
    private let mostWaiting: Int
    private let kept: Int
    private var inside = 0
    private var known: [CheckedContinuation<Void, Never>] = []
    private var strangers: [CheckedContinuation<Void, Never>] = []

    /// A semaphore with `most` permits, the last `kept` of which strangers do not get. Up to `mostWaiting`
    /// known callers wait, and as many strangers.
    init(atATime most: Int, waiting mostWaiting: Int, keeping kept: Int = 0) {
        self.most = most
        self.mostWaiting = mostWaiting
        self.kept = kept
    }

    /// Waits for a permit. Returns `false` at once where too many wait already; after `true` the caller has
    /// to ``leave()``.
    func enter(known isKnown: Bool = false) async -> Bool {
        guard inside >= (isKnown ? most : most - kept) else {
            inside += 1
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
    func leave() {
        // The permit passes on directly.
        if !known.isEmpty {
            known.removeFirst().resume()
        } else if !strangers.isEmpty, inside <= most - kept {
            strangers.removeFirst().resume()
        } else {
            inside -= 1
        }
    }
}
