public import Sodium
public import Tokens

/// Which tokens to list.
public struct TokenQuery: Hashable, Sendable {
    /// Only those of this subject.
    public var owner: SubjectID?
    /// Only those in one of these states at `now`.
    public var states: Set<Token.State>
    /// The moment at which states are judged.
    public var now: Timestamp
    /// Only those of this name, as names are compared.
    public var name: String?
    /// Only those whose name, or whose owner's login or name, holds this text.
    public var search: String?
    /// Only those before this one in the list: the cursor.
    public var before: TokenID?
    /// The most to return.
    public var limit: Int

    /// A query for tokens as they stand at `now`.
    public init(
        owner: SubjectID? = nil, states: Set<Token.State> = Set(Token.State.allCases), now: Timestamp,
        search: String? = nil, before: TokenID? = nil, limit: Int = 100
    ) {
        self.owner = owner
        self.states = states
        self.now = now
        self.search = search
        self.before = before
        self.limit = limit
    }
}

/// A token as lists show it.
public struct ListedToken: Hashable, Sendable {
    /// The token.
    public let token: Token
    /// Whose it is.
    public let owner: Subject
    /// Its latest use, if it was ever used.
    public let lastUse: Use?

    /// A row of a list.
    public init(token: Token, owner: Subject, lastUse: Use?) {
        self.token = token
        self.owner = owner
        self.lastUse = lastUse
    }
}

/// The uses of one token at one service, from one address, with one client, on one day (UTC).
public struct Use: Hashable, Sendable {
    /// The token.
    public let token: TokenID
    /// The service; `jeton` for the desk's own API. Empty where too many different ones were seen.
    public let service: String
    /// Where from; empty where unknown or where too many different ones were seen.
    public let address: String
    /// With which client, as a person would say it: `Maven 3.8.7`.
    public let client: String
    /// The latest of them.
    public var lastAt: Timestamp
    /// How many.
    public var count: Int

    /// Uses of one kind.
    public init(
        token: TokenID, service: String, address: String, client: String, lastAt: Timestamp, count: Int
    ) {
        self.token = token
        self.service = service
        self.address = address
        self.client = client
        self.lastAt = lastAt
        self.count = count
    }

    /// The day they fall on: whole days since the epoch, in UTC.
    public var day: Int64 { lastAt.day }
}

/// The uses of one person's password at one service, from one address, with one client.
public struct PasswordUse: Hashable, Sendable {
    /// Whose password.
    public let subject: SubjectID
    /// The service. Empty where too many different ones were seen.
    public let service: String
    /// Where from; empty where unknown or where too many different ones were seen.
    public let address: String
    /// With which client, as a person would say it: `Maven 3.8.7`.
    public let client: String
    /// The latest of them.
    public var lastAt: Timestamp
    /// How many.
    public var count: Int

    /// Uses of one kind.
    public init(
        subject: SubjectID, service: String, address: String, client: String, lastAt: Timestamp, count: Int
    ) {
        self.subject = subject
        self.service = service
        self.address = address
        self.client = client
        self.lastAt = lastAt
        self.count = count
    }
}

/// A use of a password as lists show it.
public struct ListedPasswordUse: Hashable, Sendable {
    /// The use.
    public let use: PasswordUse
    /// Whose password.
    public let owner: Subject

    /// A row of a list.
    public init(use: PasswordUse, owner: Subject) {
        self.use = use
        self.owner = owner
    }
}

/// Identifies a session; it is no secret.
public typealias SessionID = Identifier<Session>

/// A browser that is signed in. The secret in its cookie is kept as its digest alone.
public struct Session: Hashable, Sendable {
    /// Names the session.
    public let id: SessionID
    /// The SHA-256 of what the cookie holds.
    public let digest: SHA256Digest
    /// Who is signed in.
    public let subject: SubjectID
    /// When they signed in.
    public let createdAt: Timestamp
    /// When they were last here, to the minute.
    public var lastSeenAt: Timestamp
    /// Where from.
    public let address: String
    /// With which browser.
    public let client: String
    /// What the identity provider calls the session that this one came of, its `sid`; empty where it
    /// did not say, `nil` for a session that began with a password.
    public let providerSession: String?

    /// A session as the ledger keeps it.
    public init(
        id: SessionID, digest: SHA256Digest, subject: SubjectID, createdAt: Timestamp, lastSeenAt: Timestamp,
        address: String, client: String, providerSession: String? = nil
    ) {
        self.id = id
        self.digest = digest
        self.subject = subject
        self.createdAt = createdAt
        self.lastSeenAt = lastSeenAt
        self.address = address
        self.client = client
        self.providerSession = providerSession
    }
}

/// A one-time link with which a person sets a first password.
public struct Invitation: Hashable, Sendable {
    /// The SHA-256 of the code in the link.
    public let digest: SHA256Digest
    /// Whom it is for; `nil` for the first administrator, whose account does not exist yet.
    public let subject: SubjectID?
    /// When it stops working.
    public let expiresAt: Timestamp

    /// A link as the ledger keeps it.
    public init(digest: SHA256Digest, subject: SubjectID?, expiresAt: Timestamp) {
        self.digest = digest
        self.subject = subject
        self.expiresAt = expiresAt
    }
}

/// Identifies an event.
public typealias EventID = Identifier<Event>

/// Something that happened, kept for good. It never holds a secret.
public struct Event: Hashable, Sendable {
    /// What happened.
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
        case groupAdded = "group_added"
        case groupChanged = "group_changed"
        case groupRemoved = "group_removed"
        case provisioningRefused = "provisioning_refused"
        case subjectInvited = "subject_invited"
        case passwordSet = "password_set"
        case signedIn = "signed_in"
        case signInRefused = "sign_in_refused"
        case providerDegraded = "provider_degraded"
        case signedOut = "signed_out"
        case signedOutEverywhere = "signed_out_everywhere"
        case tokenCreated = "token_created"
        case tokenRegenerated = "token_regenerated"
        case tokenRevoked = "token_revoked"
        case signInPolicyChanged = "sign_in_demanded"
        case groupsLeftOut = "groups_left_out"
    }

    /// Names the event; events sort by it.
    public let id: EventID
    /// When.
    public let at: Timestamp
    /// What.
    public let kind: Kind
    /// Who did it; `nil` for the machine's own command line, and for who is not known.
    public let actor: SubjectID?
    /// Whom it is about.
    public let subject: SubjectID?
    /// Which token it is about.
    public let token: TokenID?
    /// Where from; empty on the machine itself.
    public let address: String
    /// A few words more: a token's name, a refused login, a reason.
    public let detail: String

    /// An event that happens at `at`.
    public init(
        id: EventID? = nil, _ kind: Kind, at: Timestamp, actor: SubjectID?, subject: SubjectID? = nil,
        token: TokenID? = nil, address: String = "", detail: String = ""
    ) {
        self.id = id ?? .make(at: at)
        self.at = at
        self.kind = kind
        self.actor = actor
        self.subject = subject
        self.token = token
        self.address = address
        self.detail = detail
    }
}
