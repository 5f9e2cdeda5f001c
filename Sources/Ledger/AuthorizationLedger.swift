public import Sodium
public import Tokens

/// Authorizations: what programs ask for, what people decide, and the codes that are redeemed for tokens.
///
/// Every node knows each of them, and each code is redeemed once. Of a code only the digest is kept.
public protocol AuthorizationLedger: Sendable {
    /// Adds an authorization, with an event where a person has decided already.
    ///
    /// Throws ``LedgerError/tooManyRequests`` where ``LedgerLimits/pendingAuthorizationsPerAddress`` from the same address,
    /// or ``LedgerLimits/pendingAuthorizations`` in all, wait for a person at `createdAt`, and
    /// ``LedgerError/changedMeanwhile`` where another that is current has the same user code.
    func add(_ authorization: Authorization, event: Event?) async throws(LedgerError)
    func authorization(_ id: AuthorizationID) async throws(LedgerError) -> Authorization?
    /// The authorization whose code has that digest.
    func authorization(code digest: SHA256Digest) async throws(LedgerError) -> Authorization?
    /// The one that waits for a person at `now` and whose user code has that digest.
    func authorization(userCode digest: SHA256Digest, at now: Timestamp) async throws(LedgerError)
        -> Authorization?
    /// Changes an authorization, and returns it as it now is. `change` gets it as it is in the same transaction, and
    /// returns the events to keep. Its errors are thrown, and then nothing changes.
    ///
    /// Throws ``LedgerError/noSuchRequest``.
    @discardableResult
    func change(
        _ id: AuthorizationID,
        _ change: @escaping @Sendable (inout Authorization) throws(LedgerError) -> [Event]
    ) async throws(LedgerError) -> Authorization
    /// Adds the token for which an approved authorization is redeemed, in one transaction: no code gives two tokens.
    ///
    /// Throws ``LedgerError/changedMeanwhile`` where the authorization is not approved, or has timed out at
    /// `token.createdAt`, and what ``TokenLedger/add(_:digest:within:event:)`` throws.
    func add(
        _ token: Token, digest: TokenDigest, within limits: [TokenCountLimit], redeeming id: AuthorizationID,
        event: Event
    ) async throws(LedgerError)
    /// Rotates the token for whose new secret an approved authorization is redeemed, in one transaction.
    ///
    /// Throws as above, and what ``TokenLedger/rotate(_:_:event:)`` throws.
    @discardableResult
    func rotate(
        _ token: TokenID, _ rotation: Rotation, redeeming id: AuthorizationID, event: Event
    ) async throws(LedgerError) -> Token
}
