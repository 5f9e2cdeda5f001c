public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func add(_ subject: Subject, identity: Identity, event: Event) async throws(LedgerError) {
        try await write { transaction in
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

    public func join(_ identity: Identity, to id: SubjectID, event: Event) async throws(LedgerError) {
        try await write { transaction in
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
        try await write { transaction in
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
        try await write { transaction in
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
