public import Ledger
internal import SQL
public import Tokens

/// Renaming and removing people.
extension SQLBackedLedger {
    @discardableResult
    public func rename(
        _ id: SubjectID, to naming: PersonNaming, event: Event
    ) async throws(LedgerError) -> Subject {
        try await write { transaction in
            let key = try transaction.key(of: naming.login, for: id)
            let renamed = try transaction.statement(
                """
                UPDATE subjects SET login = ?2, login_folded = ?3, name = ?4, name_folded = ?5, email = ?6,
                    email_folded = ?7, modified_at = ?8, revision = revision + 1
                WHERE id = ?1 AND \(Subject.isPresentPerson) RETURNING \(Subject.columns)
                """
            ).first(
                id, naming.login.text, key, naming.name.text, naming.name.text.folded, naming.email?.text,
                naming.email?.text.folded, event.at
            ) { try $0.subject() }
            guard let renamed else { throw LedgerError.noSuchSubject }
            try transaction.insert(event)
            transaction.notify(.subject(renamed))
            return renamed
        }
    }

    public func removePerson(_ id: SubjectID, event: Event) async throws(LedgerError) {
        try await write { transaction in
            let person = try transaction.statement(
                "SELECT 1 FROM subjects WHERE id = ? AND \(Subject.isPresentPerson)"
            ).first(id) { _ in true }
            guard person != nil else { throw LedgerError.noSuchSubject }
            try transaction.expectAnotherAdministrator(than: id)
            try transaction.end(id, event: event)
        }
    }

    public func signInWays(of id: SubjectID) async throws(LedgerError) -> SignInWays {
        try await read { database in
            let identities = try database.statement(
                "SELECT issuer, name FROM identities WHERE subject = ? ORDER BY issuer"
            ).all([id]) { Identity(issuer: $0.text(0), name: $0.text(1)) }
            let ways = try database.statement(
                """
                SELECT signed_in_at, signed_in_from, details IS NOT NULL, released_at,
                    EXISTS (SELECT 1 FROM passwords WHERE passwords.subject = subjects.id)
                FROM subjects WHERE id = ?
                """
            ).first(id) { row in
                SignInWays(
                    last: row.lastSignIn(from: 0), identities: identities, hasPassword: row.integer(4) != 0,
                    isProvisioned: row.integer(2) != 0, releasedAt: row.optionalTimestamp(3))
            }
            guard let ways else { throw LedgerError.noSuchSubject }
            return ways
        }
    }
}

extension Subject {
    /// The condition that a subject is a person who was not removed.
    fileprivate static let isPresentPerson = "subjects.purpose IS NULL AND subjects.ended_at IS NULL"
}

extension Row {
    /// The last sign-in in the columns from `start` on; `nil` where there was none.
    func lastSignIn(from start: Int32) -> LastSignIn? {
        optionalTimestamp(start).map { LastSignIn(at: $0, address: optionalText(start + 1) ?? "") }
    }
}
