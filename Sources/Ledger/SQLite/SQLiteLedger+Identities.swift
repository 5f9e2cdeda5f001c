internal import SQLite
public import Tokens

extension SQLiteLedger {
    public func add(_ subject: Subject, identity: Identity, event: Event) async throws(LedgerError) {
        try await writer.write { transaction in
            let holder = try transaction.statement("SELECT 1 FROM identities WHERE issuer = ? AND name = ?")
                .first(identity.issuer, identity.name) { _ in true }
            if holder != nil { throw LedgerError.identityTaken }
            try transaction.insert(subject)
            try transaction.statement("INSERT INTO identities (issuer, name, subject) VALUES (?, ?, ?)")
                .run(identity.issuer, identity.name, subject.id)
            try transaction.insert(event)
        }
    }

    public func subject(of identity: Identity) async throws(LedgerError) -> Subject? {
        try await read { database in
            try database.statement(
                """
                SELECT \(Subject.columns) FROM identities JOIN subjects ON subjects.id = identities.subject
                WHERE identities.issuer = ? AND identities.name = ?
                """
            ).first(identity.issuer, identity.name) { try $0.subject() }
        }
    }

    public func update(
        _ id: SubjectID, to profile: Profile, event: Event
    ) async throws(LedgerError) -> Subject {
        try await writer.write { transaction in
            try transaction.refuseTaken(profile.login, for: id)
            let updated = try transaction.statement(
                """
                UPDATE subjects SET login = ?2, login_folded = ?3, name = ?4, name_folded = ?5, email = ?6,
                    email_folded = ?7, groups = ?8, is_administrator = ?9
                WHERE id = ?1 RETURNING \(Subject.columns)
                """
            ).first(
                id, profile.login.text, profile.login.text.folded, profile.name, profile.name.folded,
                profile.email, profile.email?.folded, TextList.join(profile.groups), profile.isAdministrator
            ) { try $0.subject() }
            guard let updated else { throw LedgerError.noSuchSubject }
            try transaction.insert(event)
            transaction.tell(.subject(updated))
            return updated
        }
    }
}
