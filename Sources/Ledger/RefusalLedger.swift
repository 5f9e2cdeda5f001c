public import Tokens

/// Refusals of known secrets, counted by day, reason, service, address and client.
public protocol RefusalLedger: Sendable {
    /// Adds refusals gathered since the last call: counts are added, moments only move forward. Those of unknown
    /// secrets are dropped.
    func record(refusals: [Refusal]) async throws(LedgerError)
    /// The refusals of all secrets of a token since `since`, the latest first.
    func refusals(of token: TokenID, since: Timestamp) async throws(LedgerError) -> [Refusal]
}

/// The refusals of one secret for one reason, at one service, from one address, with one client, on one day (UTC).
public struct Refusal: Hashable, Sendable {
    public let secret: SecretID
    public let denial: Denial
    /// The service; `jeton` for the desk's own API. Empty where there were too many different ones.
    public let service: String
    /// The client's address; empty where it is unknown or there were too many different ones.
    public let address: String
    /// The client as people call it: `Maven 3.8.7`.
    public let client: String
    /// The latest of these refusals.
    public var lastAt: Timestamp
    /// The number of these refusals.
    public var count: Int
    /// What was asked for.
    public var access: AccessSet

    public init(
        secret: SecretID, denial: Denial, service: String, address: String, client: String,
        lastAt: Timestamp, count: Int, access: AccessSet = []
    ) {
        self.secret = secret
        self.denial = denial
        self.service = service
        self.address = address
        self.client = client
        self.lastAt = lastAt
        self.count = count
        self.access = access
    }
}
