internal import Synchronization
public import Tokens

/// Tells whether the index is current enough to grant anything.
///
/// A node that follows others confirms again and again that it knew every change made before some moment.
/// When the latest such moment is older than `span`, the node may lack a change that another node has
/// answered, and denies everything. It uses the machine's monotonic clock, which goes on during sleep and
/// which nobody can set.
///
///     let staleness = Staleness(for: .seconds(30))
///     staleness.confirm(.now)     // grants for 30 seconds
///     staleness.denial(of: index) // nil
public final class Staleness: Sendable {
    private let start = ContinuousClock.now
    /// The end of the current period in nanoseconds since `start`; `.max` is never.
    private let end: Atomic<Int64>
    /// How long a confirmation holds; `nil` for ever.
    public let span: TimeSpan?

    /// Always current: no other node makes changes.
    public static let always = Staleness(for: nil)

    /// Current for `span` after each confirmed moment, and not before the first.
    public init(for span: TimeSpan?) {
        self.span = span
        end = Atomic(span == nil ? .max : .min)
    }

    public var isCurrent: Bool {
        let end = end.load(ordering: .relaxed)
        // Where it is always current, no clock is read.
        return end == .max || start.duration(to: .now) < .nanoseconds(end)
    }

    /// The reason to deny everything: `index` is still being loaded, or may lack changes of other nodes.
    /// `nil` while it is current.
    public func denial(of index: TokenIndex) -> Denial? {
        if isCurrent { return nil }
        return index.progress.isWhole ? .stale : .starting
    }

    /// The age of the latest confirmed moment; `nil` before the first, and where nothing has to be confirmed.
    public var lag: TimeSpan? {
        let end = end.load(ordering: .relaxed)
        guard let span, end != .min else { return nil }
        return TimeSpan(milliseconds: (nanoseconds(to: .now) - end) / 1_000_000 + span.milliseconds)
    }

    /// Confirms that every change made before `moment` is known.
    public func confirm(_ moment: ContinuousClock.Instant) {
        guard let span else { return }
        end.max(nanoseconds(to: moment) + span.milliseconds * 1_000_000, ordering: .relaxed)
    }

    private func nanoseconds(to moment: ContinuousClock.Instant) -> Int64 {
        let parts = start.duration(to: moment).components
        return parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000
    }
}
