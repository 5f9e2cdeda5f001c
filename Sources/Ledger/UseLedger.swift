public import Tokens

/// Uses of tokens and of passwords, counted by day, service, address and client.
public protocol UseLedger: Sendable {
    /// Adds uses gathered since the last call: counts are added, moments only move forward.
    func record(_ uses: [Use]) async throws(LedgerError)
    /// The uses of all secrets of a token since the start of the day of `since`, the latest first.
    func uses(of token: TokenID, since: Timestamp) async throws(LedgerError) -> [Use]
    /// The uses of a token by day and service since the day of `since`, the earliest first. They are kept for
    /// ``LedgerLimits/daysOfHistory``, which is longer than those with address and client.
    func history(of token: TokenID, since: Timestamp) async throws(LedgerError) -> [UseDay]

    /// The uses of all tokens together by day and service since the day of `since`, the earliest first, kept as long. Their
    /// hours are not known.
    func serviceDays(since: Timestamp) async throws(LedgerError) -> [UseDay]

    /// Adds uses of passwords, as ``record(_:)`` does for tokens.
    func record(passwordUses uses: [PasswordUse]) async throws(LedgerError)
    /// The uses of passwords since the start of the day of `since`, the latest first, with the days of one kind of
    /// use added up; `subject: nil` returns everybody's.
    func passwordUses(
        of subject: SubjectID?, since: Timestamp
    ) async throws(LedgerError) -> [ListedPasswordUse]
    /// Whether any use of a password is kept.
    func hasPasswordUses() async throws(LedgerError) -> Bool

    /// The people who were at these addresses since then: who signed in from there to a session that is still in use,
    /// or whose own token or password was used from there. Service accounts are none of them. Of more than
    /// ``LedgerLimits/addressesAskedFor``, only the first are asked for.
    func people(at addresses: [String], since: Timestamp) async throws(LedgerError) -> [PersonAtAddress]
}

/// That a person was at an address.
public struct PersonAtAddress: Hashable, Sendable {
    public enum Way: Int64, Hashable, Sendable {
        /// They signed in from there.
        case session
        /// A token of theirs was used from there.
        case token
        /// Their password was.
        case password
    }

    public let address: String
    public let subject: SubjectID
    public let way: Way

    public init(address: String, subject: SubjectID, way: Way) {
        self.address = address
        self.subject = subject
        self.way = way
    }
}

/// The names under which uses by browsers are kept, as far as their user agents tell.
public enum BrowserName: String, CaseIterable, Sendable {
    case edge = "Edge"
    case firefox = "Firefox"
    case chrome = "Chrome"
    case safari = "Safari"
    /// One of another name.
    case other = "a browser"
}

/// The uses of one secret at one service, from one address, with one client, on one day (UTC).
public struct Use: Hashable, Sendable {
    /// The secret, by which one can tell who still uses the previous one.
    public let secret: SecretID
    /// The service; `jeton` for the desk's own API. Empty where there were too many different ones.
    public let service: String
    /// The client's address; empty where it is unknown or there were too many different ones.
    public let address: String
    /// The client as people call it: `Maven 3.8.7`.
    public let client: String
    /// The latest of these uses.
    public var lastAt: Timestamp
    /// The number of these uses.
    public var count: Int
    /// What they did; of uses that were recorded before this was kept, it is not known.
    public var access: AccessSet

    public init(
        secret: SecretID, service: String, address: String, client: String, lastAt: Timestamp, count: Int,
        access: AccessSet = []
    ) {
        self.secret = secret
        self.service = service
        self.address = address
        self.client = client
        self.lastAt = lastAt
        self.count = count
        self.access = access
    }

    /// The day of these uses, in whole days (UTC) since the epoch.
    public var day: Int64 { lastAt.day }
}

/// The uses of one person's password at one service, from one address, with one client.
public struct PasswordUse: Hashable, Sendable {
    public let subject: SubjectID
    /// The service; empty where there were too many different ones.
    public let service: String
    /// The client's address; empty where it is unknown or there were too many different ones.
    public let address: String
    /// The client as people call it: `Maven 3.8.7`.
    public let client: String
    /// The latest of these uses.
    public var lastAt: Timestamp
    /// The number of these uses.
    public var count: Int

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

/// Uses of a password with what lists show beside them.
public struct ListedPasswordUse: Hashable, Sendable {
    public let use: PasswordUse
    public let owner: Subject

    public init(use: PasswordUse, owner: Subject) {
        self.use = use
        self.owner = owner
    }
}
