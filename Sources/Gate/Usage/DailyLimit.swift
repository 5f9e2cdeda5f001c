import Tokens

/// How many events of one kind this node adds in one day.
struct DailyLimit {
    private let most: Int
    private var day: Int64 = 0
    private var count = 0

    init(_ most: Int) {
        self.most = most
    }

    /// Whether one more may be added at that moment.
    mutating func permits(at moment: Timestamp) -> Bool {
        if day != moment.day { (day, count) = (moment.day, 0) }
        return count < most
    }

    /// Counts one that was added.
    mutating func add() { count += 1 }
}
