public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
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
        let row = UseRow(
            owner: use.token, service: use.service, address: use.address, client: use.client,
            lastAt: use.lastAt, count: use.count)
        let counted = try count(row, in: .tokens)
        try statement(
            """
            INSERT INTO last_uses (token, service, address, client, last_at, count)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (token) DO UPDATE
            SET service = ?2, address = ?3, client = ?4, last_at = ?5, count = ?6
            WHERE last_uses.last_at <= ?5 OR last_uses.last_at > ?7
            """
        ).run(
            use.token, use.service, use.address, use.client, counted.lastAt, counted.count,
            counted.lastAt + UseTable.skew)
    }
}
