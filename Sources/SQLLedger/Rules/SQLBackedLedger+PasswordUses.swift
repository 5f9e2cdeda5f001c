public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func record(passwordUses uses: [PasswordUse]) async throws(LedgerError) {
        guard !uses.isEmpty else { return }
        try await writer.write { transaction in
            for use in uses { try transaction.record(use) }
        }
    }

    public func passwordUses(
        of subject: SubjectID?, since: Timestamp
    ) async throws(LedgerError) -> [ListedPasswordUse] {
        let ofSubject = subject == nil ? "" : "AND uses.subject = ?2"
        return try await read { database in
            try database.statement(
                """
                SELECT uses.service, uses.address, uses.client, max(uses.last_at),
                    CAST(sum(uses.count) AS BIGINT), \(Subject.columns)
                FROM password_uses AS uses JOIN subjects ON subjects.id = uses.subject
                WHERE uses.day >= ?1 \(ofSubject)
                GROUP BY subjects.id, uses.service, uses.address, uses.client
                ORDER BY max(uses.last_at) DESC, subjects.id, uses.service, uses.address, uses.client
                """
            ).all([since.day] + (subject.map { [$0] } ?? [])) { row in
                let owner = try row.subject(from: 5)
                let use = PasswordUse(
                    subject: owner.id, service: row.text(0), address: row.text(1), client: row.text(2),
                    lastAt: row.timestamp(3), count: Int(row.integer(4)))
                return ListedPasswordUse(use: use, owner: owner)
            }
        }
    }

    public func hasPasswordUses() async throws(LedgerError) -> Bool {
        try await read { database in
            try database.statement("SELECT 1 FROM password_uses LIMIT 1").first { _ in true } ?? false
        }
    }
}

extension Transaction {
    fileprivate func record(_ use: PasswordUse) throws {
        let known = try statement("SELECT 1 FROM subjects WHERE id = ?").first(use.subject) { _ in true }
        guard known != nil else { return }
        _ = try count(
            UseRow(
                owner: use.subject, service: use.service, address: use.address, client: use.client,
                lastAt: use.lastAt, count: use.count), in: .passwords)
    }
}
