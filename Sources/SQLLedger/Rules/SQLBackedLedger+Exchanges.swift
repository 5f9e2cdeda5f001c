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
            parent.isLasting, token.ends(noLaterThan: parent), token.mayDo(noMoreThan: parent)
        else { throw LedgerError.notActive }
        if let delegation = exchange.delegation { try check(delegation, of: token, for: parent) }
        let active = try statement(
            """
            SELECT id, name_folded = ?2 AND device = ?3 AND coalesce(traded_from = ?4, FALSE) FROM tokens
            WHERE origin = 'trade' AND origin_token = ?1 AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > ?5)
            """
        ).all([parent.secret, token.name.text.folded, exchange.device.text, place, token.createdAt]) {
            row -> (id: TokenID, isFormer: Bool) in
            (row.identifier(0), row.integer(1) != 0)
        }
        // An agent has several at once, for other scopes.
        let former = exchange.delegation == nil ? active.filter(\.isFormer) : []
        guard active.count - former.count < LedgerLimits.activeExchangesPerToken else {
            throw LedgerError.tooManyTokens
        }
        for (id, _) in former {
            try statement("UPDATE tokens SET successor = ?2 WHERE id = ?1").run(id, token.id)
            try revoke(id, Token.Revocation(at: token.createdAt, by: token.owner, reason: .rotated))
        }
    }

    /// Refuses an agent's token where the agent, or the one that it acts for, is no longer active.
    private func check(_ delegation: Token.Delegation, of token: Token, for parent: Token) throws {
        for actor in delegation.actors {
            let active = try statement(
                """
                SELECT 1 FROM subjects WHERE id = ? AND purpose IS NOT NULL AND suspended_at IS NULL AND ended_at IS NULL
                """
            ).first(actor) { _ in true }
            if active == nil { throw LedgerError.notActive }
        }
        guard let from = delegation.from else {
            guard delegation.depth == 1 else { throw LedgerError.notActive }
            return
        }
        guard let other = try self.token(from.alias), other.secret == from, other.owner == token.owner,
            other.exchange?.parent == parent.secret, other.state(at: token.createdAt) == .active,
            token.ends(noLaterThan: other), token.mayDo(noMoreThan: other),
            other.delegation?.actors == Array(delegation.actors.dropFirst())
        else { throw LedgerError.notActive }
    }
}

extension Token {
    /// Whether it may do what the parent may at services, as that was when the exchange was asked for; an agent's token may
    /// do less.
    fileprivate func mayDo(noMoreThan parent: Token) -> Bool {
        guard let most = parent.scopes.withoutTheDesk, addresses == parent.addresses else { return false }
        return delegation == nil ? scopes == most : !scopes.isAtDesk && most.covers(all: scopes)
    }

    fileprivate func ends(noLaterThan other: Token) -> Bool {
        guard let end = other.expiresAt else { return true }
        return expiresAt.map { $0 <= end } ?? false
    }
}

extension Transaction {
    /// Revokes what agents got for any secret of a token.
    func endDelegations(of token: TokenID, at now: Timestamp) throws {
        let agents: [TokenID] = try statement(
            """
            SELECT id FROM tokens WHERE origin = 'trade' AND actor IS NOT NULL AND revoked_at IS NULL
                AND origin_token IN (SELECT id FROM tokens AS secrets WHERE secrets.token_id = ?)
            """
        ).all([token]) { $0.identifier(0) }
        for id in agents {
            let revocation = Token.Revocation(at: now, by: nil, reason: .withParent)
            let ended = try revoke(id, revocation)
            if ended, let record = try self.token(id)?.record { try noticeExchanged([record], revocation) }
        }
    }
}
