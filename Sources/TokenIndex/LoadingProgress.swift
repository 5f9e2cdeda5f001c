/// How many tokens were read at the start, of how many.
public struct LoadingProgress: Hashable, Sendable {
    /// How many were read.
    public let read: Int
    /// How many there are; 0 where that is not known yet.
    public let of: Int
    /// Whether all that the ledger held is known.
    public let isWhole: Bool

    /// So far.
    public init(read: Int, of: Int, isWhole: Bool) {
        self.read = read
        self.of = of
        self.isWhole = isWhole
    }
}

extension LoadingProgress: CustomStringConvertible {
    /// `read 3,000,000 of 10,000,000 tokens (30 %)`.
    public var description: String {
        let share = of > 0 ? min(read * 100 / of, 100) : 0
        return "read \(read.grouped) of \(of.grouped) tokens (\(share) %)"
    }
}

extension Int {
    /// In groups of three digits.
    fileprivate var grouped: String {
        var text = ""
        for (place, digit) in String(self).reversed().enumerated() {
            if place > 0, place % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}
