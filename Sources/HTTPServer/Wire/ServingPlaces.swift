import Synchronization

/// How many requests a server works on at a time, urgent ones and those that are answered at once not counted.
final class ServingPlaces: Sendable {
    private let limit: Int
    private let taken = Atomic(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes a place; `false` where there is none.
    func enter() -> Bool {
        guard taken.add(1, ordering: .relaxed).oldValue < limit else {
            leave()
            return false
        }
        return true
    }

    func leave() {
        taken.subtract(1, ordering: .relaxed)
    }
}
