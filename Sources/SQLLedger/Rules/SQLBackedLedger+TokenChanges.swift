public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    @discardableResult
    public func change(
        _ id: TokenID, at now: Timestamp,
        _ change: @escaping @Sendable (inout Token) throws(LedgerError) -> [Event]
    ) async throws(LedgerError) -> Token {
        try await write { transaction in
            guard let token = try transaction.token(id) else { throw LedgerError.noSuchToken }
            var changed = token
            let events = try change(&changed)
            guard !events.isEmpty else { return token }
            try transaction.write(changed, insteadOf: token, at: now)
            for event in events { try transaction.insert(event) }
            return changed
        }
    }
}

extension Transaction {
    /// Removes the pauses of tokens of which none is in force.
    func sweepPauses(at now: Timestamp) throws {
        try update("pauses = '', paused_until = NULL WHERE paused_until <= ?1", now)
    }

    /// Writes a token that is changed, its previous secrets, and what was exchanged for it.
    func write(_ token: Token, insteadOf old: Token, at now: Timestamp) throws {
        if !token.name.isSame(as: old.name) { try claimName(token.name, of: token.owner, at: now) }
        try update(
            """
            name = ?2, name_folded = ?3, holds_name = ?4, description = ?5, scopes = ?6, addresses = ?7,
            expires_at = ?8, expiry_set_at = ?9, pauses = ?10, paused_until = ?11, resumed_at = ?12,
            reach = ?13
            WHERE id = ?1
            """, token.secret, token.name.text, token.name.text.folded, token.isLasting,
            token.description, token.scopes.text, token.addresses.column, token.expiresAt, token.expirySetAt,
            token.pauses.column, token.pauses.latestEnd, token.resumedAt, token.scopes.reach)
        guard token.record != old.record else { return }
        let secrets = [token.secret] + (try database.previousSecrets(of: token.id, at: now)).map(\.id)
        for secret in secrets.dropFirst() {
            try update(
                """
                scopes = ?2, addresses = ?3, expires_at = CASE WHEN expires_at < ?4 THEN expires_at
                    ELSE coalesce(?4, expires_at) END, pauses = ?5, paused_until = ?6 WHERE id = ?1
                """, secret, token.scopes.text, token.addresses.column, token.expiresAt, token.pauses.column,
                token.pauses.latestEnd)
        }
        for secret in secrets { try writeExchanged(for: secret, of: token, at: now) }
    }

    /// Changes the tokens that were exchanged for a secret, which can do no more than their parent. What agents got keeps
    /// what both may do, and never becomes more.
    private func writeExchanged(for secret: SecretID, of parent: Token, at now: Timestamp) throws {
        guard let scopes = parent.scopes.withoutTheDesk else {
            return try revokeExchanged(for: secret, Token.Revocation(at: now, by: nil, reason: .withParent))
        }
        let exchanged = try statement(
            """
            SELECT \(Token.columns) FROM tokens
            WHERE origin = 'trade' AND origin_token = ? AND delegated_from IS NULL AND revoked_at IS NULL
            """
        ).all([secret]) { try $0.token() }
        let delegated = try statement(
            "SELECT \(Token.columns) FROM tokens WHERE delegated_from = ? AND revoked_at IS NULL"
        ).all([secret]) { try $0.token() }
        for token in exchanged + delegated {
            let narrowed = token.delegation == nil ? scopes : token.scopes.intersection(scopes)
            guard let scopes = narrowed else {
                try revoke(token.id, Token.Revocation(at: now, by: nil, reason: .withParent))
                continue
            }
            let pauses = token.pauses.filter { !$0.isInherited } + parent.pauses.map(\.inherited)
            try update(
                """
                scopes = ?2, addresses = ?3, expires_at = CASE WHEN expires_at < ?4 THEN expires_at
                    ELSE coalesce(?4, expires_at) END, pauses = ?5, paused_until = ?6, reach = ?7 WHERE id = ?1
                """, token.secret, scopes.text, parent.addresses.column, parent.expiresAt, pauses.column,
                pauses.latestEnd, scopes.reach)
            if token.delegation != nil, let changed = try self.token(token.id) {
                try writeExchanged(for: changed.secret, of: changed, at: now)
            }
        }
    }
}
