/// What became of the uses that were counted since the start.
public struct UseFigures: Hashable, Sendable {
    /// How many rows wait to be written; each counts the uses of one kind.
    public let waiting: Int
    /// How many uses were written.
    public let written: Int
    /// How many were not counted, since too many kinds of them came between two writes.
    public let lost: Int

    static func + (one: Self, other: Self) -> Self {
        Self(
            waiting: one.waiting + other.waiting, written: one.written + other.written,
            lost: one.lost + other.lost)
    }
}
