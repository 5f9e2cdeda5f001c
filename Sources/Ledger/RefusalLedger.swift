public import Tokens

/// Refusals of known secrets, counted by day, reason, service, address and client.
public protocol RefusalLedger: Sendable {
    /// Adds refusals gathered since the last call: counts are added, moments only move forward. Those of unknown
    /// secrets are dropped.
    func record(refusals: [RefusedUse]) async throws(LedgerError)
    /// The refusals of all secrets of a token since `since`, the latest first.
    func refusals(of token: TokenID, since: Timestamp) async throws(LedgerError) -> [RefusedUse]
}

/// Uses of a secret that were refused for one reason: at one service, from one address, with one client, on one day.
public struct RefusedUse: Hashable, Sendable {
    /// What was tried; its count is that of the refusals.
    public var use: Use
    public let denial: Denial

    public init(_ use: Use, _ denial: Denial) {
        self.use = use
        self.denial = denial
    }
}
