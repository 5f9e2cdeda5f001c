public import Tokens

/// How long the old secret of a regenerated token keeps working: up to seven days.
public struct Overlap: Hashable, Sendable {
    public let span: TimeSpan

    public static let none = Overlap(span: .seconds(0))
    public static let hour = Overlap(span: .hours(1))
    public static let day = Overlap(span: .hours(24))
    /// The longest overlap.
    public static let week = Overlap(span: .days(7))

    private init(span: TimeSpan) {
        self.span = span
    }

    /// Throws ``DeskFault/invalid(_:)`` if `seconds` is negative or more than a week.
    public init(seconds: Int64) throws(DeskFault) {
        guard (0...Self.week.span.seconds).contains(seconds) else {
            throw .invalid([
                FieldFault("overlap_seconds", "must be from 0 to \(Self.week.span.seconds) (7 days)")
            ])
        }
        span = .seconds(seconds)
    }
}
