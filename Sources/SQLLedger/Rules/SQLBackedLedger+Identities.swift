public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func add(_ subject: Subject, identity: Identity, event: Event) async throws(LedgerError) {
        try await writer.write { transaction in
            try transaction.refuseTaken(identity)
            try transaction.insert(subject)
            try transaction.insert(identity, of: subject.id)
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
        try await writer.write { [namedGroups] transaction in
            let isProvisioned = try transaction.statement(
                "SELECT 1 FROM subjects WHERE id = ? AND details IS NOT NULL"
            ).first(id) { _ in true }
            // A provisioned login stays, whoever has the claimed one.
            let key =
                isProvisioned == nil
                ? try transaction.key(of: profile.login, for: id) : profile.login.folded
            let groups = TextList.join(profile.groups)
            let updated = try transaction.statement(
                """
                UPDATE subjects SET login = CASE WHEN details IS NULL THEN ?2 ELSE login END,
                    login_folded = CASE WHEN details IS NULL THEN ?3 ELSE login_folded END,
                    name = ?4, name_folded = ?5, email = ?6,
                    email_folded = ?7, groups = ?8, claimed_groups = ?8,
                    is_administrator = coalesce(?9, is_administrator), \(Subject.remembersRole),
                    modified_at = ?10, revision = revision + 1
                WHERE id = ?1 AND ended_at IS NULL RETURNING 1
                """
            ).first(
                id, profile.login.text, key, profile.name, profile.name.folded,
                profile.email, profile.email?.folded, groups, profile.isAdministrator, event.at
            ) { _ in true }
            guard updated != nil else { throw LedgerError.noSuchSubject }
            try transaction.insert(event)
            return try transaction.unite(id, at: event.at, named: namedGroups)
        }
    }

    public func join(_ identity: Identity, to id: SubjectID, event: Event) async throws(LedgerError) {
        try await writer.write { transaction in
            try transaction.refuseTaken(identity)
            let other = try transaction.statement("SELECT 1 FROM identities WHERE subject = ? AND issuer = ?")
                .first(id, identity.issuer) { _ in true }
            if other != nil { throw LedgerError.identityTaken }
            let waiting = try transaction.statement(
                """
                UPDATE subjects SET released_at = NULL
                WHERE id = ?1 AND ended_at IS NULL AND deactivated_at IS NULL AND suspended_at IS NULL
                    AND (details IS NOT NULL OR released_at > ?2)
                RETURNING 1
                """
            ).first(id, event.at - LedgerLimits.releaseLasting) { _ in true }
            guard waiting != nil else { throw LedgerError.noSuchSubject }
            try transaction.insert(identity, of: id)
            try transaction.insert(event)
        }
    }

    public func rejoin(
        _ identity: Identity, to id: SubjectID, events: [Event]
    ) async throws(LedgerError) {
        try await writer.write { transaction in
            try transaction.refuseTaken(identity)
            // Whoever has signed in since is still the person whom the former identity names.
            let named = try transaction.statement(
                """
                SELECT id, deactivated_at IS NULL AND suspended_at IS NULL AND ended_at IS NULL
                    AND coalesce(coalesce(last_sign_in_at, 0) < external_id_at, FALSE)
                FROM subjects WHERE external_id = ?
                """
            ).all([identity.name]) { (id: $0.identifier(0) as SubjectID, mayBeJoined: $0.integer(1) != 0) }
            guard named.count == 1, named[0].id == id, named[0].mayBeJoined else {
                throw LedgerError.identityTaken
            }
            let released = try transaction.statement(
                "DELETE FROM identities WHERE subject = ? AND issuer = ?"
            )
            .run(id, identity.issuer)
            guard released > 0 else { throw LedgerError.identityTaken }
            try transaction.endSessions(of: id, keeping: nil)
            try transaction.insert(identity, of: id)
            for event in events { try transaction.insert(event) }
        }
    }

    public func releaseIdentities(of id: SubjectID, event: Event) async throws(LedgerError) {
        try await writer.write { transaction in
            let released = try transaction.statement("DELETE FROM identities WHERE subject = ?").run(id)
            guard released > 0 else { throw LedgerError.noSuchIdentity }
            try transaction.statement("UPDATE subjects SET released_at = ?2 WHERE id = ?1").run(id, event.at)
            try transaction.endSessions(of: id, keeping: nil)
            try transaction.insert(event)
        }
    }
}

extension Transaction {
    fileprivate func refuseTaken(_ identity: Identity) throws {
        let holder = try statement("SELECT 1 FROM identities WHERE issuer = ? AND name = ?")
            .first(identity.issuer, identity.name) { _ in true }
        if holder != nil { throw LedgerError.identityTaken }
    }

    fileprivate func insert(_ identity: Identity, of subject: SubjectID) throws {
        try statement("INSERT INTO identities (issuer, name, subject) VALUES (?, ?, ?)")
            .run(identity.issuer, identity.name, subject)
    }
}
