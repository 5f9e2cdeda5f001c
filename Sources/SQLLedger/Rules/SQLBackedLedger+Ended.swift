public import Ledger
internal import SQL
public import Tokens

/// Tokens that have ended, and what ended with them.
extension SQLBackedLedger {
    public func ended(with token: TokenID) async throws(LedgerError) -> EndedTogether? {
        try await read { database in
            guard let revocation = try database.token(token)?.revocation else { return nil }
            let secrets = "(SELECT ?1 UNION SELECT id FROM tokens WHERE token = ?1)"
            let count = try database.statement(
                "SELECT count(*) FROM tokens WHERE id IN \(secrets) AND revoked_at = ?2"
            ).first(token, revocation.at) { $0.integer(0) }
            let exchanged = try database.statement(
                """
                SELECT \(Token.columns) FROM tokens
                WHERE origin = 'trade' AND origin_token IN \(secrets) AND revoked_at = ?2 ORDER BY id
                """
            ).all([token, revocation.at]) { try $0.token() }
            return EndedTogether(secrets: Int(count ?? 0), exchanged: exchanged)
        }
    }

    public func partlyEnded(of owner: SubjectID, at now: Timestamp) async throws(LedgerError) -> [Token] {
        try await read { database in
            try database.statement(
                """
                SELECT \(Token.columns) FROM tokens
                WHERE owner = ?1 AND replaced_at IS NULL AND (revoked_at IS NOT NULL OR expires_at <= ?2)
                    AND coalesce(token, id) IN (
                        SELECT coalesce(token, id) FROM tokens WHERE owner = ?1 AND replaced_at IS NOT NULL
                            AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)
                    )
                ORDER BY id DESC
                """
            ).all([owner, now]) { try $0.token() }
        }
    }
}
