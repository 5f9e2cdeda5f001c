public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func record(refusals: [RefusedUse]) async throws(LedgerError) {
        guard !refusals.isEmpty else { return }
        try await write { transaction in
            for refusal in refusals { try transaction.record(refusal) }
        }
    }

    public func refusals(of token: TokenID, since: Timestamp) async throws(LedgerError) -> [RefusedUse] {
        try await read { database in
            try database.statement(
                """
                SELECT \(RefusalColumn.list(of: "refusals")) FROM refusals
                JOIN tokens ON tokens.id = refusals.token
                WHERE (tokens.id = ?1 OR tokens.token = ?1) AND day >= ?2 AND last_at >= ?3
                ORDER BY last_at DESC
                """
            ).all([token, since.day, since]) { try $0.refusal() }
        }
    }
}

private enum RefusalColumn: Int32, ColumnList {
    case token, reason, service, address, client, lastAt, count, access
}

extension Row {
    fileprivate func refusal() throws -> RefusedUse {
        func at(_ column: RefusalColumn) -> Int32 { column.rawValue }
        let use = Use(
            secret: identifier(at(.token)), service: text(at(.service)), address: text(at(.address)),
            client: text(at(.client)), lastAt: timestamp(at(.lastAt)), count: Int(integer(at(.count))),
            access: accessSet(at(.access)))
        return RefusedUse(use, try known(Denial(rawValue: text(at(.reason))), "reason"))
    }
}

extension Transaction {
    fileprivate func record(_ refusal: RefusedUse) throws {
        let isKnown = try statement("SELECT 1 FROM tokens WHERE id = ?").first(refusal.use.secret) { _ in true
        }
        guard isKnown != nil else { return }
        if try add(refusal, refusal.use.service, refusal.use.address, refusal.use.client, ifThere: true) {
            return
        }
        let rows = try statement("SELECT count(*) FROM refusals WHERE token = ? AND day = ?")
            .first(refusal.use.secret, refusal.use.lastAt.day) { $0.integer(0) }
        // The last row is reserved for the rest.
        if rows ?? 0 < LedgerLimits.refusalsPerSecretAndDay - 1 {
            _ = try add(refusal, refusal.use.service, refusal.use.address, refusal.use.client)
        } else {
            _ = try add(refusal, "", "", "")
        }
    }

    /// Counts refusals in a row; with `ifThere`, only in one that exists. Returns whether there is one.
    private func add(
        _ refusal: RefusedUse, _ service: String, _ address: String, _ client: String, ifThere: Bool = false
    ) throws -> Bool {
        let change = """
            SET count = refusals.count + ?7,
                last_at = CASE WHEN refusals.last_at > ?8 THEN refusals.last_at ELSE ?8 END,
                access = refusals.access | ?9
            """
        let sql =
            ifThere
            ? """
            UPDATE refusals \(change) WHERE token = ?1 AND day = ?2 AND reason = ?3 AND service = ?4
                AND address = ?5 AND client = ?6
            """
            : """
            INSERT INTO refusals (token, day, reason, service, address, client, count, last_at, access)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            ON CONFLICT (token, day, reason, service, address, client) DO UPDATE \(change)
            """
        return try statement(sql).run(
            refusal.use.secret, refusal.use.lastAt.day, refusal.denial.rawValue, service, address, client,
            refusal.use.count, refusal.use.lastAt, Int64(refusal.use.access.rawValue)) > 0
    }
}
