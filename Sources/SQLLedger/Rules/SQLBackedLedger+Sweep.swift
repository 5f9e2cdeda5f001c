public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func sweep(at now: Timestamp) async throws(LedgerError) {
        let oldest = now - .days(Int64(LedgerLimits.daysOfUses))
        try await writer.write { transaction in
            for table in [UseTable.tokens, .passwords] {
                try transaction.statement("DELETE FROM \(table.name) WHERE day < ?").run(oldest.day)
            }
            try transaction.sweepSessions(before: oldest)
            try transaction.sweepMarks(at: now)
        }
    }
}

extension Transaction {
    /// Removes sessions not seen, and invitations over, since `oldest`.
    func sweepSessions(before oldest: Timestamp) throws {
        try statement("DELETE FROM sessions WHERE last_seen_at < ?").run(oldest)
        try statement("DELETE FROM invitations WHERE expires_at < ?").run(oldest)
    }
}
