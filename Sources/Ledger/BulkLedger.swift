public import Tokens

/// Changes of many tokens at once, each in one transaction, and the incidents that such changes belong to.
public protocol BulkLedger: Sendable {
    /// The identifiers of the tokens that match, in the order of their current secrets, at most `query.limit`.
    func identifiers(_ query: TokenQuery) async throws(LedgerError) -> [TokenID]
    /// What these tokens were used for since then, and whose they are.
    func summary(of tokens: [TokenID], usedSince: Timestamp, at now: Timestamp) async throws(LedgerError)
        -> BulkSummary

    /// Keeps which tokens are to be changed, until it is removed or ``sweep(at:)`` finds it older than a day.
    func add(_ selection: TokenSelection) async throws(LedgerError)
    func selection(_ id: SelectionID) async throws(LedgerError) -> TokenSelection?

    /// Changes tokens in one transaction, with an event for each of them. Returns which of them were changed: a token that has
    /// ended, or was not paused by the incident, stays as it is. What was exchanged for them changes with them.
    func change(_ bulk: BulkChange) async throws(LedgerError) -> BulkOutcome
    /// Opens an incident and pauses its tokens, in one transaction. Returns it with its number.
    func open(
        _ incident: NewIncident, pausing bulk: BulkChange, event: Event
    ) async throws(LedgerError) -> (incident: Incident, outcome: BulkOutcome)
    /// Closes an incident. Returns it as it now is; no event is kept where it was closed before. Throws
    /// ``LedgerError/noSuchIncident``, and ``LedgerError/incidentHasPauses(_:)`` while some of its tokens are paused.
    func close(_ number: Int, event: Event) async throws(LedgerError) -> Incident
    func incident(_ number: Int) async throws(LedgerError) -> Incident?
    /// The newest incidents, at most `limit`; before the one of the number `before` where it is given.
    func incidents(before: Int?, limit: Int) async throws(LedgerError) -> [Incident]
    /// How many tokens of an incident there are in each state.
    func counts(of number: Int, at now: Timestamp) async throws(LedgerError) -> [IncidentTokenState: Int]
    /// The identifiers of an incident's tokens in that state, in order, at most `limit`; after `after` where it is given.
    func tokens(
        of number: Int, in state: IncidentTokenState, at now: Timestamp, after: TokenID?, limit: Int
    ) async throws(LedgerError) -> [TokenID]
}

/// Identifies a selection.
public typealias SelectionID = Identifier<TokenSelection>

/// Tokens that somebody is about to change, exactly as the preview shows them.
public struct TokenSelection: Hashable, Sendable {
    public let id: SelectionID
    /// Whose it is; `nil` for the command line.
    public let by: SubjectID?
    public let at: Timestamp
    public let tokens: [TokenID]
    /// Those that are changed only if somebody asks for them one by one.
    public let spared: [TokenID]

    public init(
        id: SelectionID? = nil, by: SubjectID?, at: Timestamp, tokens: [TokenID], spared: [TokenID]
    ) {
        self.id = id ?? .make(at: at)
        self.by = by
        self.at = at
        self.tokens = tokens
        self.spared = spared
    }

    /// How long one is kept.
    public static let lasting = TimeSpan.days(1)
    /// The most tokens of one.
    public static let limit = 250_000
}

/// What happens to many tokens.
public enum BulkAct: Hashable, Sendable {
    /// They are paused until then, or until somebody resumes them.
    case pause(Pause.Source, until: Timestamp?)
    /// The pauses of an incident end.
    case release(incident: Int)
    case revoke(Token.Revocation.Reason)
    /// Nothing but the events, by which their owners are told.
    case notify
}

/// A change of many tokens.
public struct BulkChange: Hashable, Sendable {
    public let act: BulkAct
    public let tokens: [TokenID]
    /// The event of each of them has this moment, actor and address.
    public let event: Event
    /// What the detail of each event says after the token's name.
    public let note: String
    /// The incident that it belongs to.
    public var incident: Int?

    public init(
        _ act: BulkAct, _ tokens: [TokenID], event: Event, note: String = "", incident: Int? = nil
    ) {
        self.act = act
        self.tokens = tokens
        self.event = event
        self.note = note
        self.incident = incident
    }
}

/// What a change of many tokens did.
public struct BulkOutcome: Hashable, Sendable {
    /// The tokens that it changed.
    public let changed: [TokenID]
    /// Those that it left as they were.
    public let left: [TokenID]

    public init(changed: [TokenID], left: [TokenID]) {
        self.changed = changed
        self.left = left
    }
}

/// What is known of many tokens together.
public struct BulkSummary: Hashable, Sendable {
    /// The people and service accounts whose they are.
    public var people = 0
    public var accounts = 0
    /// How many of them were used, and how many at each service, most first.
    public var used = 0
    public var services: [ServiceUse] = []

    /// How many tokens were used at a service.
    public struct ServiceUse: Hashable, Sendable {
        public let name: String
        public let tokens: Int

        public init(name: String, tokens: Int) {
            self.name = name
            self.tokens = tokens
        }
    }

    public init() {}
}

/// A number under which tokens were paused together because something happened.
public struct Incident: Hashable, Sendable {
    /// Counted from 1.
    public let number: Int
    public let title: String
    public let openedAt: Timestamp
    /// `nil` for the command line.
    public let openedBy: SubjectID?
    public let closedAt: Timestamp?

    public init(
        number: Int, title: String, openedAt: Timestamp, openedBy: SubjectID?, closedAt: Timestamp? = nil
    ) {
        self.number = number
        self.title = title
        self.openedAt = openedAt
        self.openedBy = openedBy
        self.closedAt = closedAt
    }

    /// The most characters of a title.
    public static let longestTitle = 200
}

/// An incident without its number.
public struct NewIncident: Hashable, Sendable {
    public let title: String
    public let by: SubjectID?
    public let at: Timestamp

    public init(title: String, by: SubjectID?, at: Timestamp) {
        self.title = title
        self.by = by
        self.at = at
    }
}

/// What became of a token that an incident paused.
public enum IncidentTokenState: String, Hashable, Sendable, CaseIterable {
    /// The incident still pauses it.
    case paused
    /// It works again, as far as the incident is concerned.
    case released
    /// It was revoked, or has expired.
    case ended
}
