internal import SQLite
public import Tokens

extension SQLiteLedger {
    public func record(_ uses: [Use]) async throws(LedgerError) {
        guard !uses.isEmpty else { return }
        try await writer.write { transaction in
            for use in uses { try transaction.record(use) }
        }
    }

    public func uses(of token: TokenID, since: Timestamp) async throws(LedgerError) -> [Use] {
        try await read { database in
            try database.statement(
                """
                SELECT service, address, client, last_at, count FROM uses
                WHERE token = ? AND day >= ? ORDER BY last_at DESC
                """
            ).all([token, since.day]) { row in
                Use(
                    token: token, service: row.text(0), address: row.text(1), client: row.text(2),
                    lastAt: row.timestamp(3), count: Int(row.integer(4)))
            }
        }
    }
}

extension Transaction {
    fileprivate func record(_ use: Use) throws {
        let known = try statement("SELECT 1 FROM tokens WHERE id = ?").first(use.token) { _ in true }
        guard known != nil else { return }
        let counted = try add(use)
        try statement(
            """
            INSERT INTO last_uses (token, service, address, client, last_at, count)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT DO UPDATE SET service = ?2, address = ?3, client = ?4, last_at = ?5, count = ?6
            WHERE last_at <= ?5
            """
        ).run(use.token, use.service, use.address, use.client, counted.lastAt, counted.count)
    }

    /// Counts a use in its row, or, where its day has too many rows, in the one without particulars.
    /// Gives the latest use of its own kind and how many its row has counted.
    private func add(_ use: Use) throws -> (lastAt: Timestamp, count: Int64) {
        if let counted = try add(use, to: use.service, use.address, use.client, ifThere: true) {
            return counted
        }
        let rows = try statement("SELECT count(*) FROM uses WHERE token = ? AND day = ?")
            .first(use.token, use.day) { $0.integer(0) }
        // The last row is kept free for what is beyond.
        if rows ?? 0 < LedgerLimits.usesPerTokenAndDay - 1 {
            return try add(use, to: use.service, use.address, use.client) ?? (use.lastAt, Int64(use.count))
        }
        let counted = try add(use, to: "", "", "")
        return (use.lastAt, counted?.count ?? Int64(use.count))
    }

    private func add(
        _ use: Use, to service: String, _ address: String, _ client: String, ifThere: Bool = false
    ) throws -> (lastAt: Timestamp, count: Int64)? {
        let change = "SET count = count + ?6, last_at = max(last_at, ?7)"
        let sql =
            ifThere
            ? """
            UPDATE uses \(change)
            WHERE token = ?1 AND day = ?2 AND service = ?3 AND address = ?4 AND client = ?5
            """
            : """
            INSERT INTO uses (token, day, service, address, client, count, last_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE \(change)
            """
        return try statement(sql + " RETURNING last_at, count")
            .first(use.token, use.day, service, address, client, use.count, use.lastAt) { row in
                (row.timestamp(0), row.integer(1))
            }
    }
}
