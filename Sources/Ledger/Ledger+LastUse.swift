public import Tokens

extension Ledger {
    /// The latest use of a token, if it was ever used.
    public func lastUse(of token: Token) async throws(LedgerError) -> Use? {
        try await uses(of: token.id, since: token.createdAt).first
    }
}
