public import Ledger
internal import SQL
public import Sodium
public import Tokens

extension SQLBackedLedger {
    public func add(
        _ event: Event, once mark: SHA256Digest, until end: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> Bool {
        // Nearly always it is there, which is found without waiting for writers.
        let isMarked = try await read { database in
            try database.statement("SELECT 1 FROM used_marks WHERE digest = ? AND until > ?")
                .first(mark, now) { _ in true } ?? false
        }
        guard !isMarked else { return false }
        return try await write { transaction in
            guard try transaction.use(mark, until: end, at: now) else { return false }
            try transaction.insert(event)
            return true
        }
    }

    public func add(
        _ event: Event, expiryOf token: TokenID, at expiry: Timestamp, within days: Int
    ) async throws(LedgerError) -> Bool {
        try await write { transaction in
            let isNew = try transaction.statement(
                """
                INSERT INTO told_expiries (token, expires_at, days) VALUES (?1, ?2, ?3)
                ON CONFLICT (token) DO UPDATE SET expires_at = ?2, days = ?3
                WHERE told_expiries.expires_at <> ?2 OR told_expiries.days > ?3
                """
            ).run(token, expiry, days)
            guard isNew > 0 else { return false }
            try transaction.insert(event)
            return true
        }
    }

    public func expiringTokens(
        within spans: [Int], at now: Timestamp, limit: Int
    ) async throws(LedgerError) -> [ExpiringToken] {
        guard let longest = spans.max() else { return [] }
        let sorted = spans.sorted()
        // The days of the tightest span that the expiry is in.
        let bands = sorted.enumerated().map { index, days in
            "WHEN tokens.expires_at <= ?\(index + 4) THEN CAST(\(days) AS BIGINT)"
        }.joined(separator: " ")
        let ends = sorted.map { now + .days(Int64($0)) }
        return try await read { database in
            try database.statement(
                """
                SELECT \(Token.columns), last_uses.last_at FROM tokens
                LEFT JOIN told_expiries AS told ON told.token = tokens.token_id
                    AND told.expires_at = tokens.expires_at
                LEFT JOIN last_uses ON last_uses.token = tokens.token_id
                WHERE tokens.replaced_at IS NULL AND tokens.revoked_at IS NULL AND tokens.origin <> 'trade'
                    AND tokens.expires_at > ?1 AND tokens.expires_at <= ?2
                    AND coalesce(told.days, 1000000) > CASE \(bands) END
                    AND tokens.expires_at - coalesce(tokens.expiry_set_at, tokens.created_at)
                        > 86400000 * CASE \(bands) END
                ORDER BY tokens.expires_at, tokens.id LIMIT ?3
                """
            ).all([now, now + .days(Int64(longest)), limit] + ends) { row in
                ExpiringToken(
                    token: try row.token(), lastUsedAt: row.optionalTimestamp(TokenColumn.count))
            }
        }
    }

    public func tokensExpiredInUse(
        since: Timestamp, usedWithin span: TimeSpan, at now: Timestamp, limit: Int
    ) async throws(LedgerError) -> [ExpiringToken] {
        try await read { database in
            try database.statement(
                """
                SELECT \(Token.columns), last_uses.last_at FROM tokens
                JOIN last_uses ON last_uses.token = tokens.token_id
                LEFT JOIN told_expiries AS told ON told.token = tokens.token_id
                    AND told.expires_at = tokens.expires_at
                WHERE tokens.replaced_at IS NULL AND tokens.revoked_at IS NULL AND tokens.origin <> 'trade'
                    AND tokens.expires_at > ?1 AND tokens.expires_at <= ?2
                    AND last_uses.last_at >= tokens.expires_at - \(span.milliseconds)
                    AND coalesce(told.days, 1000000) > 0
                    AND tokens.expires_at - coalesce(tokens.expiry_set_at, tokens.created_at) > 86400000
                ORDER BY tokens.expires_at, tokens.id LIMIT ?3
                """
            ).all([since, now, limit]) { row in
                ExpiringToken(
                    token: try row.token(), lastUsedAt: row.optionalTimestamp(TokenColumn.count))
            }
        }
    }

    public func newNetworks(on day: Int64, limit: Int) async throws(LedgerError) -> [NewNetwork] {
        try await read { database in
            try database.statement(
                """
                SELECT new.token, new.network, new.address, new.service, new.client FROM use_places AS new
                JOIN last_uses ON last_uses.token = new.token
                WHERE new.first_day = ?1 AND new.network <> ''
                    AND last_uses.networks < \(FindingLimits.networks)
                    AND EXISTS (SELECT 1 FROM use_places AS old
                        WHERE old.token = new.token AND old.network <> '' AND old.first_day < ?1)
                    AND NOT EXISTS (SELECT 1 FROM use_places AS old WHERE old.token = new.token
                        AND old.network = new.network AND old.first_day < ?1)
                ORDER BY new.token, new.network, new.address, new.service, new.client LIMIT ?2
                """
            ).all([day, limit]) { row in
                NewNetwork(
                    token: row.identifier(0), network: row.text(1), address: row.text(2),
                    service: row.text(3), client: row.text(4))
            }
        }
    }

    public func previousSecretsInUse(
        endingWithin span: TimeSpan, at now: Timestamp, limit: Int
    ) async throws(LedgerError) -> [EndingSecret] {
        try await read { database in
            try database.statement(
                """
                SELECT tokens.token_id, tokens.id, tokens.expires_at FROM tokens
                WHERE tokens.replaced_at IS NOT NULL AND tokens.revoked_at IS NULL
                    AND tokens.expires_at > ?1 AND tokens.expires_at <= ?2
                    AND tokens.expires_at - tokens.replaced_at > \(span.milliseconds)
                    AND EXISTS (SELECT 1 FROM uses WHERE uses.token = tokens.id
                        AND uses.last_at > tokens.replaced_at AND uses.last_at >= ?3)
                ORDER BY tokens.expires_at, tokens.id LIMIT ?4
                """
            ).all([now, now + span, now - span, limit]) { row in
                EndingSecret(
                    token: row.identifier(0), secret: row.identifier(1), endsAt: row.timestamp(2))
            }
        }
    }

    public func people(inAnyOf groups: [String], limit: Int) async throws(LedgerError) -> [Subject] {
        try await read { database in
            var found: [SubjectID: Subject] = [:]
            for group in groups where found.count < limit {
                // The text finds candidates; the list decides.
                try database.statement(
                    """
                    SELECT \(Subject.columns) FROM subjects
                    WHERE \(Subject.isActive) AND purpose IS NULL
                        AND \(database.dialect.holds("?1", in: "groups")) ORDER BY id
                    """
                ).forEach([TextList.join([group])]) { row in
                    let person = try row.subject()
                    if person.groups.sharesAny(of: [group]) { found[person.id] = person }
                    return found.count < limit
                }
            }
            return found.values.sorted { $0.id < $1.id }
        }
    }
}
