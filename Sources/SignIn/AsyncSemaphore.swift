/// Lets so many pass at a time; so many more wait for their turn, in the order of their coming. Those who are
/// known go first, and some places are theirs alone, so that a crowd of strangers shuts nobody out.
actor AsyncSemaphore {
    private let most: Int
    private let mostWaiting: Int
    private let kept: Int
    private var inside = 0
    private var known: [CheckedContinuation<Void, Never>] = []
    private var strangers: [CheckedContinuation<Void, Never>] = []

    /// A turnstile of that many places, `kept` of which no stranger gets. As many of each may wait.
    init(atATime most: Int, waiting mostWaiting: Int, keeping kept: Int = 0) {
        self.most = most
        self.mostWaiting = mostWaiting
        self.kept = kept
    }

    /// Returns when it is one's turn; `false` at once where too many wait already. Whoever was let in
    /// must ``leave()``.
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

    /// How many wait.
    var countWaiting: Int { known.count + strangers.count }

    /// Lets the next one in.
    func leave() {
        // The place is handed over as it is.
        if !known.isEmpty {
            known.removeFirst().resume()
        } else if !strangers.isEmpty, inside <= most - kept {
            strangers.removeFirst().resume()
        } else {
            inside -= 1
        }
    }
}
