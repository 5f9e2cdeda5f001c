/// Lets so many pass at a time; so many more wait for their turn, in the order of their coming.
actor Turnstile {
    private let most: Int
    private let mostWaiting: Int
    private var inside = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(atATime most: Int, waiting mostWaiting: Int) {
        self.most = most
        self.mostWaiting = mostWaiting
    }

    /// Returns when it is one's turn; `false` at once where too many wait already. Whoever was let in
    /// must ``leave()``.
    func enter() async -> Bool {
        guard inside >= most else {
            inside += 1
            return true
        }
        guard waiting.count < mostWaiting else { return false }
        await withCheckedContinuation { waiting.append($0) }
        return true
    }

    /// How many wait.
    var countWaiting: Int { waiting.count }

    /// Lets the next one in.
    func leave() {
        if waiting.isEmpty {
            inside -= 1
        } else {
            // The place is handed over as it is.
            waiting.removeFirst().resume()
        }
    }
}
