internal import SQL
public import Sodium
public import Tokens

extension SQLLedger {
    public func passwordHash(of subject: SubjectID) async throws(LedgerError) -> PasswordHash? {
        try await read { database in
            try database.statement("SELECT hash FROM passwords WHERE subject = ?")
                .first(subject) { PasswordHash(text: $0.text(0)) }
        }
    }

    public func setPassword(
        _ hash: PasswordHash, of subject: SubjectID, replacing old: PasswordHash?, keeping: SessionID?,
        event: Event
    ) async throws(LedgerError) {
        try await writer.write { transaction in
            if let old { try transaction.expect(old, of: subject) }
            try transaction.set(hash, of: subject, keeping: keeping)
            try transaction.insert(event)
        }
    }

    public func keep(
        _ hash: PasswordHash, of subject: SubjectID, replacing old: PasswordHash
    ) async throws(LedgerError) {
        try await writer.write { transaction in
            try transaction.expect(old, of: subject)
            try transaction.statement("UPDATE passwords SET hash = ?2 WHERE subject = ?1")
                .run(subject, hash.text)
        }
    }

    public func add(_ invitation: Invitation) async throws(LedgerError) {
        try await writer.write { transaction in
            try transaction.statement("DELETE FROM invitations WHERE subject IS NOT DISTINCT FROM ?").run(
                invitation.subject)
            try transaction.statement(
                "INSERT INTO invitations (digest, subject, expires_at) VALUES (?, ?, ?)"
            )
            .run(invitation.digest, invitation.subject, invitation.expiresAt)
        }
    }

    public func invitation(_ digest: SHA256Digest) async throws(LedgerError) -> Invitation? {
        try await read { database in
            try database.statement("SELECT digest, subject, expires_at FROM invitations WHERE digest = ?")
                .first(digest) { row in
                    Invitation(
                        digest: try row.digest(0), subject: row.optionalIdentifier(1),
                        expiresAt: row.timestamp(2))
                }
        }
    }

    public func accept(
        _ digest: SHA256Digest, as subject: Subject, password: PasswordHash, event: Event
    ) async throws(LedgerError) {
        try await writer.write { transaction in
            let invited = try transaction.statement(
                "DELETE FROM invitations WHERE digest = ? RETURNING subject"
            )
            .first(digest) { row -> SubjectID?? in .some(row.optionalIdentifier(0)) }
            guard let invited = invited ?? nil else { throw LedgerError.invitationUsed }
            if let invited {
                // One person's link is no way into another's account.
                guard invited == subject.id else { throw LedgerError.invitationUsed }
            } else {
                // However else there came to be somebody meanwhile: the link was shown to whoever read the log.
                let isFirst = try transaction.statement("SELECT 1 FROM subjects LIMIT 1").first { _ in false }
                guard isFirst ?? true else { throw LedgerError.invitationUsed }
                try transaction.insert(subject)
            }
            try transaction.set(password, of: subject.id, keeping: nil)
            try transaction.insert(event)
        }
    }
}

extension Transaction {
    /// Refuses where that is not the subject's password any more.
    func expect(_ hash: PasswordHash, of subject: SubjectID) throws {
        let same = try statement("SELECT 1 FROM passwords WHERE subject = ? AND hash = ?")
            .first(subject, hash.text) { _ in true }
        guard same != nil else { throw LedgerError.changedMeanwhile }
    }

    fileprivate func set(_ hash: PasswordHash, of subject: SubjectID, keeping: SessionID?) throws {
        try statement(
            """
            INSERT INTO passwords (subject, hash) VALUES (?1, ?2)
            ON CONFLICT (subject) DO UPDATE SET hash = ?2
            """
        ).run(subject, hash.text)
        try endSessions(of: subject, keeping: keeping)
        tell(.password(subject))
    }
}
