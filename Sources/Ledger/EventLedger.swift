public import Tokens

/// The log of events.
public protocol EventLedger: Sendable {
    /// Adds an event that changes nothing else, such as a failed sign-in.
    func add(_ event: Event) async throws(LedgerError)
    /// A page of the events that match `query`. Reads a bounded number of events: where few of them match, the page is
    /// not full, and its cursor says where to continue.
    func events(_ query: EventQuery) async throws(LedgerError) -> EventPage
    /// Removes what `retention` keeps no longer at `now`, in portions. Ends between two when its task is cancelled.
    func forget(_ retention: EventRetention, at now: Timestamp) async throws(LedgerError)
}

extension EventLedger {
    /// The newest events, at most `limit`: those before `before` where it is given, and about `subject` where it is
    /// given.
    public func events(
        about subject: SubjectID?, before: EventID?, limit: Int
    ) async throws(LedgerError) -> [Event] {
        var query = EventQuery(order: .newestFirst(before: before), limit: limit)
        query.subject = subject
        return try await events(query).events
    }

    /// The newest events about a token, at most `limit`, also those of its former identifiers: those before `before`
    /// where it is given, and of these `kinds` where there are any.
    public func events(
        of token: TokenID, kinds: Set<Event.Kind>, before: EventID?, limit: Int
    ) async throws(LedgerError) -> [Event] {
        var query = EventQuery(order: .newestFirst(before: before), limit: limit)
        query.token = token
        query.kinds = kinds
        return try await events(query).events
    }
}

/// Identifies an event.
public typealias EventID = Identifier<Event>

/// Something that happened. It never contains a secret.
public struct Event: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case subjectAdded = "subject_added"
        case subjectChanged = "subject_changed"
        case subjectPromoted = "subject_promoted"
        case subjectDemoted = "subject_demoted"
        case subjectGroupsChanged = "subject_groups_changed"
        case subjectSuspended = "subject_suspended"
        case subjectResumed = "subject_resumed"
        case subjectDeactivated = "subject_deactivated"
        case subjectReactivated = "subject_reactivated"
        case subjectJoined = "subject_joined"
        case subjectNotProvisioned = "subject_not_provisioned"
        case subjectEnded = "subject_ended"
        case identityReleased = "identity_released"
        case accountChanged = "account_changed"
        case accountUnattended = "account_unattended"
        case accountAttended = "account_attended"
        case groupAdded = "group_added"
        case groupChanged = "group_changed"
        case groupRemoved = "group_removed"
        case provisioningRefused = "provisioning_refused"
        case subjectInvited = "subject_invited"
        case passwordSet = "password_set"
        case signedIn = "signed_in"
        case signInRefused = "sign_in_refused"
        case providerDegraded = "provider_degraded"
        case newBrowser = "new_browser"
        case passwordNearEnd = "password_near_end"
        case signedOut = "signed_out"
        case signedOutEverywhere = "signed_out_everywhere"
        case tokenCreated = "token_created"
        case tokenRegenerated = "token_regenerated"
        case tokenRotated = "token_rotated"
        case tokenChanged = "token_changed"
        case tokenPaused = "token_paused"
        case tokenResumed = "token_resumed"
        case tokenHandedOver = "token_handed_over"
        case tokenExpiring = "token_expiring"
        case tokenExpiredInUse = "token_expired_in_use"
        case tokenNewNetwork = "token_new_network"
        case refusalBurst = "refusal_burst"
        case ownerNotified = "owner_notified"
        case rotationDue = "rotation_due"
        case previousSecretUsed = "previous_secret_used"
        case secretEnded = "secret_ended"
        case secretReused = "secret_reused"
        case tokenRevoked = "token_revoked"
        case tokenRequested = "token_requested"
        case requestApproved = "request_approved"
        case requestDenied = "request_denied"
        case requestWithdrawn = "request_withdrawn"
        case incidentOpened = "incident_opened"
        case incidentClosed = "incident_closed"
        case signInPolicyChanged = "sign_in_demanded"
        case tokenPolicyChanged = "token_policy_changed"
        case groupsLeftOut = "groups_left_out"
        case exportLagging = "export_lagging"
        case ledgerTroubled = "ledger_troubled"
        case endpointDisabled = "endpoint_disabled"
        case leakReported = "leak_reported"
        case decoyCreated = "decoy_created"
        case decoyTried = "decoy_tried"
        case decoyRevoked = "decoy_revoked"
        case signalReceived = "signal_received"
        case tokenMisused = "token_misused"
        case authorizationDenied = "authorization_denied"
        case trustRuleAdded = "trust_rule_added"
        case trustRuleRemoved = "trust_rule_removed"
        case tradeRefused = "trade_refused"
    }

    /// Identifies the event. Events sort by it, which is the order of their commits: the ledger gives an event that
    /// it adds a later identifier than every event before.
    public let id: EventID
    public let at: Timestamp
    public let kind: Kind
    /// Who did it; `nil` for the command line on the server, and where it is unknown.
    public let actor: SubjectID?
    /// The token by which the actor did it; `nil` where no token did.
    public let actorToken: TokenID?
    /// The subject it is about.
    public let subject: SubjectID?
    /// The token it is about.
    public let token: TokenID?
    /// The address of whoever did it; empty for the command line on the server.
    public let address: String
    /// A short addition: a token's name, a refused login, a reason.
    public let detail: String
    /// The number of the incident that it belongs to.
    public let incident: Int?

    /// An event at `at`, by default with a new identifier.
    public init(
        id: EventID? = nil, _ kind: Kind, at: Timestamp, actor: SubjectID?, by actorToken: TokenID? = nil,
        subject: SubjectID? = nil, token: TokenID? = nil, address: String = "", detail: String = "",
        incident: Int? = nil
    ) {
        self.id = id ?? .make(at: at)
        self.at = at
        self.kind = kind
        self.actor = actor
        self.actorToken = actorToken
        self.subject = subject
        self.token = token
        self.address = address
        self.detail = detail
        self.incident = incident
    }

    /// The same event with another detail.
    public func with(detail: String) -> Event {
        Event(
            id: id, kind, at: at, actor: actor, by: actorToken, subject: subject, token: token,
            address: address, detail: detail, incident: incident)
    }

    /// The same event as a part of an incident.
    public func within(incident: Int) -> Event {
        Event(
            id: id, kind, at: at, actor: actor, by: actorToken, subject: subject, token: token,
            address: address, detail: detail, incident: incident)
    }
}
