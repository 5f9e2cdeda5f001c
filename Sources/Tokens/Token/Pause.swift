/// A time during which a token is refused, and after which it works again by itself.
///
/// A token may be paused by several sources at once, once by each and once by each incident. It works when none of its
/// pauses is in force:
///
///     token.pauses.longest(at: now)?.until // when it works again
public struct Pause: Hashable, Sendable {
    /// Who or what paused a token. The owner lifts the owner's own pause, and that of a policy.
    public enum Source: String, Hashable, Sendable, CaseIterable {
        case owner
        case administrator
        case incident
        case policy
        case leak
        case signal
    }

    public let source: Source
    /// When it began.
    public let at: Timestamp
    /// The moment from which the token works again; `nil` until somebody resumes it.
    public let until: Timestamp?
    /// Who paused it; `nil` for the command line, and for what is no person.
    public let by: SubjectID?
    /// Whether the token that it was exchanged for was paused, and it with that.
    public let isInherited: Bool

    public init(
        source: Source, at: Timestamp, until: Timestamp?, by: SubjectID?, isInherited: Bool = false
    ) {
        self.source = source
        self.at = at
        self.until = until
        self.by = by
        self.isInherited = isInherited
    }

    /// The same pause for tokens that were exchanged for the paused one.
    public var inherited: Pause {
        Pause(source: source, at: at, until: until, by: by, isInherited: true)
    }

    /// Whether the token is refused because of it. The end is judged when the token is used, never by a sweep.
    public func isInForce(at now: Timestamp) -> Bool { until.map { now < $0 } ?? true }

    private var end: Timestamp { until ?? .distantFuture }

    fileprivate static func < (left: Pause, right: Pause) -> Bool { left.end < right.end }
}

extension [Pause] {
    /// The pause in force at `now` that ends last; `nil` where the token is not paused.
    public func longest(at now: Timestamp) -> Pause? {
        lazy.filter { $0.isInForce(at: now) }.max { $0 < $1 }
    }

    /// The pauses with one more, which replaces the one of the same source. An incident's replaces none, since each
    /// incident lifts its own.
    public func adding(_ pause: Pause) -> [Pause] {
        filter { $0.isInherited || $0.source != pause.source || pause.source == .incident } + [pause]
    }

    /// The pauses without those that have ended at `now`.
    public func inForce(at now: Timestamp) -> [Pause] { filter { $0.isInForce(at: now) } }
}

extension Pause {
    /// By whom and until when, as the rest of "this token was paused".
    var words: String {
        let source =
            switch self.source {
            case .owner: "by its owner"
            case .administrator: "by an administrator"
            case .incident: "because of an incident"
            case .policy: "since nobody used it"
            case .leak: "because it may have leaked"
            case .signal: "by the identity provider"
            }
        guard let until else { return " \(source) until somebody resumes it" }
        return " \(source) until \(until.rfc3339)"
    }
}
