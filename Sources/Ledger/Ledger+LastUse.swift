public import Tokens

extension Ledger {
    /// The latest use of a token, however long ago, if it was ever used. ``uses(of:since:)`` holds the last months
    /// alone.
    public func lastUse(of token: Token) async throws(LedgerError) -> Use? {
        let query = TokenQuery(
            owner: token.owner, now: token.createdAt, before: TokenID(number: token.id.number &+ 1), limit: 1)
        return try await tokens(query).first { $0.token.id == token.id }?.lastUse
    }
}
