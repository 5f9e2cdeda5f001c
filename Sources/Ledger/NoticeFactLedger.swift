public import Sodium
public import Tokens

/// Facts that no change tells of, because time makes them: expiries, uses, refusals.
///
/// Each becomes an event once, whatever the number of nodes: the event is kept together with a mark.
public protocol NoticeFactLedger: Sendable {
    /// Keeps `event` unless the mark is there, which is kept until `end`. Returns whether the event was kept.
    func add(
        _ event: Event, once mark: SHA256Digest, until end: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> Bool
    /// Keeps `event`, which says that a token expires within that many days (0: that it has expired), unless it was said
    /// of this expiry for as many days or fewer. Returns whether the event was kept.
    func add(
        _ event: Event, expiryOf token: TokenID, at expiry: Timestamp, within days: Int
    ) async throws(LedgerError) -> Bool
    /// Tokens, not exchanged ones, that expire within one of `spans` or have expired within the shortest, and of which that
    /// was not said yet. A span that is not shorter than the whole life of a token does not count for it.
    func expiringTokens(
        within spans: [Int], at now: Timestamp, limit: Int
    ) async throws(LedgerError) -> [ExpiringToken]
    /// Tokens that expired since `since` and were used within the `span` before.
    func tokensExpiredInUse(
        since: Timestamp, usedWithin span: TimeSpan, at now: Timestamp, limit: Int
    ) async throws(LedgerError) -> [ExpiringToken]
    /// Where tokens were used on a day from a network that they were never used from before, while they were used from
    /// others on earlier days. Tokens that are used from ``FindingLimits/networks`` networks or more are left out.
    func newNetworks(on day: Int64, limit: Int) async throws(LedgerError) -> [NewNetwork]
    /// Previous secrets that end within `span` and were used within the same time before `now`. One that was previous for a
    /// shorter time than that is left out.
    func previousSecretsInUse(
        endingWithin span: TimeSpan, at now: Timestamp, limit: Int
    ) async throws(LedgerError) -> [EndingSecret]
    /// Tokens that were refused on a day at least that often.
    func refusalBursts(
        on day: Int64, atLeast count: Int, limit: Int
    ) async throws(LedgerError) -> [RefusalBurst]
    /// The active people who are in one of these groups, at most `limit`.
    func people(inAnyOf groups: [String], limit: Int) async throws(LedgerError) -> [Subject]
}

/// A token that expires soon, or has expired.
public struct ExpiringToken: Hashable, Sendable {
    public let token: Token
    /// The latest use; `nil` for none.
    public let lastUsedAt: Timestamp?

    public init(token: Token, lastUsedAt: Timestamp?) {
        (self.token, self.lastUsedAt) = (token, lastUsedAt)
    }
}

/// That a token was used from a network for the first time.
public struct NewNetwork: Hashable, Sendable {
    public let token: TokenID
    public let network: String
    public let address: String
    public let service: String
    public let client: String

    public init(token: TokenID, network: String, address: String, service: String, client: String) {
        self.token = token
        self.network = network
        self.address = address
        self.service = service
        self.client = client
    }
}

/// A previous secret that ends soon and is still used.
public struct EndingSecret: Hashable, Sendable {
    public let token: TokenID
    public let secret: SecretID
    public let endsAt: Timestamp

    public init(token: TokenID, secret: SecretID, endsAt: Timestamp) {
        (self.token, self.secret, self.endsAt) = (token, secret, endsAt)
    }
}

/// That a token was refused often on one day.
public struct RefusalBurst: Hashable, Sendable {
    public let token: TokenID
    public let count: Int
    /// The place that was refused most often: reason, service, address, client.
    public let reason: String
    public let service: String
    public let address: String
    public let client: String

    public init(
        token: TokenID, count: Int, reason: String, service: String, address: String, client: String
    ) {
        self.token = token
        self.count = count
        self.reason = reason
        self.service = service
        self.address = address
        self.client = client
    }
}
