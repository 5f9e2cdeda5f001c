public import Ledger
internal import SQL
public import Sodium
public import Tokens

extension SQLBackedLedger {
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
        try await write { transaction in
            if let old { try transaction.expect(old, of: subject) }
            try transaction.set(hash, of: subject, keeping: keeping)
            try transaction.insert(event)
        }
    }

    public func keep(
        _ hash: PasswordHash, of subject: SubjectID, replacing old: PasswordHash
    ) async throws(LedgerError) {
        try await write { transaction in
            try transaction.expect(old, of: subject)
            try transaction.statement("UPDATE passwords SET hash = ?2 WHERE subject = ?1")
                .run(subject, hash.text)
        }
    }

    public func add(_ invitation: Invitation) async throws(LedgerError) {
        try await write { transaction in
            if let subject = invitation.subject {
                try transaction.statement("DELETE FROM invitations WHERE subject = ?").run(subject)
            } else {
                try transaction.leaveRoomForFirstInvitation()
            }
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
        try await write { transaction in
            let invited = try transaction.statement(
                "DELETE FROM invitations WHERE digest = ? RETURNING subject"
            )
            .first(digest) { row -> SubjectID?? in .some(row.optionalIdentifier(0)) }
            guard let invited = invited ?? nil else { throw LedgerError.invitationUsed }
            if let invited {
                // A link for one person must not open another's account.
                guard invited == subject.id else { throw LedgerError.invitationUsed }
            } else {
                // There may have been an administrator in the meantime, and anyone who can read the log has
                // seen this link.
                guard try !transaction.database.wasEverAdministered else { throw LedgerError.invitationUsed }
                try transaction.insert(subject)
                try transaction.statement("DELETE FROM invitations WHERE subject IS NULL").run()
            }
            try transaction.set(password, of: subject.id, keeping: nil)
            try transaction.insert(event)
        }
    }
}

extension Transaction {
    /// Removes the oldest links to the first administrator's account: each start of each node adds one.
    fileprivate func leaveRoomForFirstInvitation() throws {
        try statement(
            """
            DELETE FROM invitations WHERE subject IS NULL AND digest NOT IN (
                SELECT digest FROM invitations WHERE subject IS NULL ORDER BY expires_at DESC, digest LIMIT ?)
            """
        ).run(LedgerLimits.firstInvitations - 1)
    }

    /// Throws ``LedgerError/changedMeanwhile`` unless that is the subject's password.
    func expect(_ hash: PasswordHash, of subject: SubjectID) throws {
        let same = try statement("SELECT 1 FROM passwords WHERE subject = ? AND hash = ?")
            .first(subject, hash.text) { _ in true }
        guard same != nil else { throw LedgerError.changedMeanwhile }
    }

    fileprivate func set(_ hash: PasswordHash, of subject: SubjectID, keeping: SessionID?) throws {
        let isPresent = try statement("SELECT 1 FROM subjects WHERE id = ? AND ended_at IS NULL")
            .first(subject) { _ in true }
        guard isPresent != nil else { throw LedgerError.noSuchSubject }
        try statement(
            """
            INSERT INTO passwords (subject, hash) VALUES (?1, ?2)
            ON CONFLICT (subject) DO UPDATE SET hash = ?2
            """
        ).run(subject, hash.text)
        try endSessions(of: subject, keeping: keeping)
        notify(.password(subject))
    }
}
