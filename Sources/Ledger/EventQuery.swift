public import Tokens

/// Which events to list, in which order. Every condition that is given must hold.
///
/// ```swift
/// var query = EventQuery(order: .newestFirst(), limit: 50)
/// query.kinds = [.tokenRevoked]
/// query.person = alice.id
/// let page = try await ledger.events(query)
/// ```
public struct EventQuery: Hashable, Sendable {
    /// The order, and the event from which to continue.
    public enum Order: Hashable, Sendable {
        /// As people read them: those before `before`.
        case newestFirst(before: EventID? = nil)
        /// As programs follow them, in the order of the commits: those after `after`. What is committed later always
        /// comes after every event that was read before.
        case oldestFirst(after: EventID? = nil)

        /// Whether `left` comes before `right`.
        public func comes(_ left: EventID, before right: EventID) -> Bool {
            switch self {
            case .newestFirst: left > right
            case .oldestFirst: left < right
            }
        }
    }

    /// The kinds; empty for all.
    public var kinds: Set<Event.Kind> = []
    /// Who or what it is about.
    public var subject: SubjectID?
    /// Who did it.
    public var actor: SubjectID?
    /// Who did it or whom it is about.
    public var person: SubjectID?
    /// The token, by its current or a former identifier.
    public var token: TokenID?
    /// The address of whoever did it, as it is written in events.
    public var address: String?
    /// The incident that it belongs to, by its number.
    public var incident: Int?
    /// A text that the detail, the address, or the login or name of the actor or the subject contains, in any case; or
    /// the identifier of the event, of a token or of a subject.
    public var text: String?
    /// The earliest time.
    public var from: Timestamp?
    /// The time before which it happened.
    public var until: Timestamp?
    public var order: Order
    /// The most events.
    public var limit: Int

    public init(order: Order = .newestFirst(), limit: Int = 50) {
        self.order = order
        self.limit = limit
    }

    /// Whether every event is listed.
    public var listsAll: Bool { self == EventQuery(order: order, limit: limit) }

    /// The most events that one call reads in order to find those that match.
    public static let mostRead = 50_000
}

/// Events that match a query.
public struct EventPage: Hashable, Sendable {
    public let events: [Event]
    /// From which event to continue, in the same order; `nil` only where the ledger has no event there.
    public let cursor: EventID?
    /// Whether there is nothing behind the cursor yet. Otherwise the next page may have more, even if this one is
    /// empty.
    public let isAtEnd: Bool

    public init(events: [Event], cursor: EventID?, isAtEnd: Bool) {
        self.events = events
        self.cursor = cursor
        self.isAtEnd = isAtEnd
    }

    /// From where to continue; `nil` at the end.
    public var next: EventID? { isAtEnd ? nil : cursor }
}

/// How long events, and the personal data in them, are kept.
public struct EventRetention: Hashable, Sendable {
    /// How long events are kept; `nil` for good.
    public var keep: TimeSpan?
    /// How long addresses are kept in events; `nil` for as long as the events.
    public var keepAddresses: TimeSpan?
    /// How long after the removal of a person what tells who they were is kept: their login and name, what events say
    /// about them, and from where they acted. `nil` for good.
    public var eraseAfter: TimeSpan?
    /// The names of the exports. No event is removed or erased before all of these have sent it.
    public var exports: [String] = []

    public init() {}

    /// Whether everything is kept for good.
    public var keepsAll: Bool { keep == nil && keepAddresses == nil && eraseAfter == nil }
}
