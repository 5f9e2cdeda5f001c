internal import Synchronization
public import Tokens

/// Whether the index is as current as it has to be for anything to be granted by it.
///
/// A node that follows others confirms, time and again, that it knew of every change at some moment; when
/// the last such moment lies too far back, it may know less than others were told. The time is the
/// machine's own since it was started (it goes on while it sleeps), which nobody sets.
public final class Staleness: Sendable {
    private let start = ContinuousClock.now
    /// Until when it is current, in nanoseconds since `start`; `.max` is for ever.
    private let end: Atomic<Int64>
    /// For how long a confirmation holds; `nil` for ever.
    public let span: TimeSpan?

    /// Where nobody else changes anything, it is always current.
    public static let always = Staleness(for: nil)

    /// One that is current for `span` after each confirmed moment, and not before the first.
    public init(for span: TimeSpan?) {
        self.span = span
        end = Atomic(span == nil ? .max : .min)
    }

    /// Whether it is current now.
    public var isCurrent: Bool {
        let end = end.load(ordering: .relaxed)
        // Where it is always current, no clock is read.
        return end == .max || start.duration(to: .now) < .nanoseconds(end)
    }

    /// Why nothing may be granted from `index`: it is still being loaded, or may lack changes of other nodes.
    /// `nil` while it is current.
    public func denial(of index: TokenIndex) -> Denial? {
        if isCurrent { return nil }
        return index.progress.isWhole ? .stale : .starting
    }

    /// How long ago the latest confirmed moment is; `nil` where none was, and where nothing has to be confirmed.
    public var lag: TimeSpan? {
        let end = end.load(ordering: .relaxed)
        guard let span, end != .min else { return nil }
        return TimeSpan(milliseconds: (nanoseconds(to: .now) - end) / 1_000_000 + span.milliseconds)
    }

    /// Takes in that every change was known that was made before `moment`.
    public func confirm(_ moment: ContinuousClock.Instant) {
        guard let span else { return }
        end.max(nanoseconds(to: moment) + span.milliseconds * 1_000_000, ordering: .relaxed)
    }

    private func nanoseconds(to moment: ContinuousClock.Instant) -> Int64 {
        let parts = start.duration(to: moment).components
        return parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000
    }
}
