public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func exchange(
        _ token: Token, digest: TokenDigest, from place: String, event: Event
    ) async throws(LedgerError) {
        try await write { transaction in
            try transaction.makeRoom(for: token, from: place)
            try transaction.insert(token, digest: digest)
            try transaction.statement("UPDATE tokens SET traded_from = ?2 WHERE id = ?1").run(token.id, place)
            try transaction.insert(event)
        }
    }
}

extension Transaction {
    /// Prepares the exchange: checks the parent, and revokes the token that the new one replaces.
    fileprivate func makeRoom(for token: Token, from place: String) throws {
        guard let exchange = token.exchange, let parent = try self.token(exchange.parent.alias),
            parent.owner == token.owner
        else { throw LedgerError.noSuchToken }
        guard parent.secret == exchange.parent, parent.state(at: token.createdAt) == .active,
            parent.isLasting, token.ends(noLaterThan: parent), token.mayDoTheSame(as: parent)
        else { throw LedgerError.notActive }
        let active = try statement(
            """
            SELECT id, name_folded = ?2 AND device = ?3 AND coalesce(traded_from = ?4, FALSE) FROM tokens
            WHERE origin = 'trade' AND origin_token = ?1 AND revoked_at IS NULL
            """
        ).all([parent.secret, token.name.text.folded, exchange.device.text, place]) {
            row -> (id: TokenID, isFormer: Bool) in
            (row.identifier(0), row.integer(1) != 0)
        }
        let former = active.filter(\.isFormer)
        guard active.count - former.count < LedgerLimits.activeExchangesPerToken else {
            throw LedgerError.tooManyTokens
        }
        for (id, _) in former {
            try statement("UPDATE tokens SET successor = ?2 WHERE id = ?1").run(id, token.id)
            try revoke(id, Token.Revocation(at: token.createdAt, by: token.owner, reason: .rotated))
        }
    }
}

extension Token {
    /// Whether nobody has changed what the parent may do since the exchange was asked for.
    fileprivate func mayDoTheSame(as parent: Token) -> Bool {
        scopes == parent.scopes.withoutTheDesk && addresses == parent.addresses
    }

    fileprivate func ends(noLaterThan other: Token) -> Bool {
        guard let end = other.expiresAt else { return true }
        return expiresAt.map { $0 <= end } ?? false
    }
}
