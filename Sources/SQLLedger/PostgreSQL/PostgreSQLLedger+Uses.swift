public import Ledger
internal import PostgreSQL
internal import SQL
public import Tokens

/// Uses are counted separately from other changes, in batches: they arrive once a second from each node, and
/// no revocation should wait for them. Only one node counts at a time, which keeps the limits.
extension PostgreSQLLedger {
    public func record(_ uses: [Use]) async throws(LedgerError) {
        let known = uses.map { use in
            UseRow(
                owner: use.secret, service: use.service, address: use.address, client: use.client,
                lastAt: use.lastAt, count: use.count, access: use.access)
        }
        try await count(known, in: .tokens)
    }

    public func record(passwordUses uses: [PasswordUse]) async throws(LedgerError) {
        let known = uses.map { use in
            UseRow(
                owner: use.subject, service: use.service, address: use.address, client: use.client,
                lastAt: use.lastAt, count: use.count)
        }
        try await count(known, in: .passwords)
    }

    private func count(_ uses: [UseRow], in table: UseTable) async throws(LedgerError) {
        var rest = uses[...]
        while !rest.isEmpty {
            let batch = UseBatch(rest.prefix(1000))
            rest = rest.dropFirst(1000)
            try await failures.counting(.counting) { () async throws(LedgerError) in
                try await counting.perform { serial in
                    let connection = try serial.begin(
                        serial.settings.beginWriting + " SELECT id FROM use_head FOR UPDATE"
                    ).connection
                    try connection.committing { try batch.count(in: table, on: connection) }
                }
            }
        }
    }

    public func sweep(at now: Timestamp) async throws(LedgerError) {
        let oldest = now - .days(Int64(LedgerLimits.daysOfUses))
        for table in [UseTable.tokens, .passwords] { try await sweep(table.name, "day < \(oldest.day)") }
        try await sweep("use_days", "day < \(UseDay.oldest(at: now))")
        try await sweepPlaces(before: oldest.day)
        // The latest change stays: with it each node checks that the database was not restored.
        try await sweep("refusals", "day < \(oldest.day)")
        try await sweep("nodes", "seen_at < now() - INTERVAL '1 hour'")
        try await sweep(
            "changes", "at < now() - INTERVAL '1 day' AND number < (SELECT number FROM change_head)")
        try await write { try $0.sweepFewRows(before: oldest, at: now) }
        try await sweepJobTokens(at: now)
    }

    /// Removes places in portions, as ``Transaction/sweepPlaces(before:)`` does at once. No node counts meanwhile.
    private func sweepPlaces(before day: Int64) async throws(LedgerError) {
        var tokens: [TokenID] = []
        repeat {
            tokens = try await counting.perform { serial in
                let connection = try serial.begin(
                    serial.settings.beginWriting + " SELECT id FROM use_head FOR UPDATE"
                ).connection
                return try connection.committing {
                    let tokens = try connection.statement(
                        """
                        DELETE FROM use_places WHERE ctid IN (
                            SELECT ctid FROM use_places WHERE last_day < ? LIMIT 1000) RETURNING token
                        """
                    ).all([day]) { row -> TokenID in row.identifier(0) }
                    if !tokens.isEmpty { try UseBatch.countPlaces(of: tokens, on: connection) }
                    return tokens
                }
            }
        } while !tokens.isEmpty && !Task.isCancelled
    }

    /// Removes rows in portions, so that nobody waits for long. Ends between two portions when its task is cancelled.
    private func sweep(_ table: String, _ condition: String) async throws(LedgerError) {
        var removed = 0
        repeat {
            removed = try await counting.perform { serial in
                let connection = try serial.begin(serial.settings.beginWriting).connection
                return try connection.committing {
                    try connection.statement(
                        "DELETE FROM \(table) WHERE ctid IN (SELECT ctid FROM \(table) WHERE \(condition) LIMIT 5000)"
                    ).run()
                }
            }
        } while removed > 0 && !Task.isCancelled
    }
}
