public import Tokens

/// How long the previous secret of a rotated token keeps working.
public struct Overlap: Hashable, Sendable {
    public let span: TimeSpan
    /// Whether the previous secret ends earlier, as soon as everything that used it has used the new one.
    public let endsWhenMoved: Bool

    public static let none = Overlap(span: .seconds(0))
    public static let hour = Overlap(span: .hours(1))
    public static let day = Overlap(span: .hours(24))
    /// The longest overlap of a fixed length.
    public static let week = Overlap(span: .days(7))
    /// Until everything has moved to the new secret, at most 30 days.
    public static let untilMoved = Overlap(span: .days(30), endsWhenMoved: true)

    private init(span: TimeSpan, endsWhenMoved: Bool = false) {
        self.span = span
        self.endsWhenMoved = endsWhenMoved
    }

    /// Throws ``DeskFault/invalid(_:)`` if `seconds` is negative or more than a week.
    public init(seconds: Int64) throws(DeskFault) {
        guard (0...Self.week.span.seconds).contains(seconds) else {
            throw .invalid([
                FieldFault("overlap_seconds", "must be from 0 to \(Self.week.span.seconds) (7 days)")
            ])
        }
        self.init(span: .seconds(seconds))
    }
}
