public import Ledger
internal import SQL
internal import Tokens

extension SQLBackedLedger {
    public func refusalBursts(
        on day: Int64, atLeast count: Int, limit: Int
    ) async throws(LedgerError) -> [RefusalBurst] {
        try await read { database in
            let found = try database.statement(
                """
                SELECT tokens.token_id, CAST(sum(refusals.count) AS BIGINT) FROM refusals
                JOIN tokens ON tokens.id = refusals.token WHERE refusals.day = ?1
                GROUP BY tokens.token_id HAVING sum(refusals.count) >= ?2
                ORDER BY sum(refusals.count) DESC, tokens.token_id LIMIT ?3
                """
            ).all([day, count, limit]) { row in (row.identifier(0) as TokenID, Int(row.integer(1))) }
            return try found.compactMap { token, count in
                try database.statement(
                    """
                    SELECT reason, service, address, client FROM refusals
                    JOIN tokens ON tokens.id = refusals.token
                    WHERE (tokens.id = ?1 OR tokens.token = ?1) AND day = ?2
                    ORDER BY count DESC, last_at DESC LIMIT 1
                    """
                ).first(token, day) { row in
                    RefusalBurst(
                        token: token, count: count, reason: row.text(0), service: row.text(1),
                        address: row.text(2), client: row.text(3))
                }
            }
        }
    }
}
