public import Ledger
internal import SQL
public import Sodium
public import Tokens

extension SQLBackedLedger {
    public func add(
        _ session: Session, by password: PasswordHash?, event: Event
    ) async throws(LedgerError) {
        try await write { transaction in
            if let password { try transaction.expect(password, of: session.subject) }
            try transaction.expectActive(session.subject)
            try transaction.statement(
                "INSERT INTO sessions (\(SessionColumn.list)) VALUES (\(SessionColumn.placeholders))"
            ).run(
                session.id, session.digest, session.subject, session.createdAt, session.lastSeenAt,
                session.address, session.client, session.providerSession)
            try transaction.noteSignIn(session)
            if session.providerSession != nil {
                try transaction.moveLastSignIn(of: session.subject, to: session.createdAt)
            }
            try transaction.endDormancy(of: session.subject)
            try transaction.insert(event)
            try transaction.noteBrowser(of: session, signedInBy: event)
        }
    }

    public func session(_ digest: SHA256Digest) async throws(LedgerError) -> Session? {
        try await read { database in
            try database.statement("SELECT \(SessionColumn.list) FROM sessions WHERE digest = ?")
                .first(digest) { try $0.session() }
        }
    }

    public func sessions(of subject: SubjectID) async throws(LedgerError) -> [Session] {
        try await read { database in
            try database.statement(
                "SELECT \(SessionColumn.list) FROM sessions WHERE subject = ? ORDER BY last_seen_at DESC, id DESC"
            ).all([subject]) { try $0.session() }
        }
    }

    public func sessions(providerSession: String) async throws(LedgerError) -> [Session] {
        // An empty name names no session; the condition also makes the index usable.
        try await read { database in
            try database.statement(
                "SELECT \(SessionColumn.list) FROM sessions WHERE provider_session = ? AND provider_session <> ''"
            ).all([providerSession]) { try $0.session() }
        }
    }

    public func touch(_ session: SessionID, at now: Timestamp) async throws(LedgerError) {
        try await write { transaction -> Void in
            try transaction.statement(
                "UPDATE sessions SET last_seen_at = ?2 WHERE id = ?1 AND (last_seen_at < ?2 OR last_seen_at > ?3)"
            )
            .run(session, now, now + Timestamp.skew)
        }
    }

    @discardableResult
    public func end(_ session: SessionID, event: Event) async throws(LedgerError) -> Bool {
        try await write { transaction in
            let ended = try transaction.statement("DELETE FROM sessions WHERE id = ?").run(session)
            if ended > 0 { try transaction.insert(event) }
            return ended > 0
        }
    }

    public func endSessions(
        of subject: SubjectID, keeping: SessionID?, event: Event
    ) async throws(LedgerError) {
        try await write { transaction in
            try transaction.endSessions(of: subject, keeping: keeping)
            try transaction.insert(event)
        }
    }
}

extension Transaction {
    /// Throws unless the subject may sign in.
    fileprivate func expectActive(_ subject: SubjectID) throws {
        let isSuspended = try statement("SELECT \(Subject.columns) FROM subjects WHERE id = ?")
            .first(subject) { try $0.subject().isSuspended }
        guard let isSuspended else { throw LedgerError.noSuchSubject }
        if isSuspended { throw LedgerError.changedMeanwhile }
    }

    fileprivate func moveLastSignIn(of subject: SubjectID, to now: Timestamp) throws {
        let moved = try statement(
            """
            UPDATE subjects
            SET last_sign_in_at = CASE
                WHEN last_sign_in_at > ?2 AND last_sign_in_at <= ?3 THEN last_sign_in_at ELSE ?2 END
            WHERE id = ?1 RETURNING \(Subject.columns)
            """
        ).first(subject, now, now + Timestamp.skew) { try $0.subject() }
        if let moved { notify(.subject(moved)) }
    }

    /// Ends the dormancy that a signal of the identity provider began. The order of the commits decides, whatever the
    /// clocks of nodes say.
    fileprivate func endDormancy(of subject: SubjectID) throws {
        let awake = try statement(
            """
            UPDATE subjects SET must_sign_in_since = NULL
            WHERE id = ? AND must_sign_in_since IS NOT NULL RETURNING \(Subject.columns)
            """
        ).first(subject) { try $0.subject() }
        if let awake { notify(.subject(awake)) }
    }

    /// Keeps when and from where somebody last signed in. A time that a clock set ahead does not stay.
    fileprivate func noteSignIn(_ session: Session) throws {
        try statement(
            """
            UPDATE subjects SET signed_in_at = ?2, signed_in_from = ?3
            WHERE id = ?1 AND (signed_in_at IS NULL OR signed_in_at <= ?2 OR signed_in_at > ?4)
            """
        ).run(session.subject, session.createdAt, session.address, session.createdAt + Timestamp.skew)
    }

    func endSessions(of subject: SubjectID, keeping: SessionID?) throws {
        try statement("DELETE FROM sessions WHERE subject = ? AND id IS DISTINCT FROM ?").run(
            subject, keeping)
    }
}

private enum SessionColumn: Int32, ColumnList {
    case id, digest, subject, createdAt, lastSeenAt, address, client, providerSession
}

extension Row {
    fileprivate func session() throws -> Session {
        func at(_ column: SessionColumn) -> Int32 { column.rawValue }
        return Session(
            id: identifier(at(.id)), digest: try digest(at(.digest)), subject: identifier(at(.subject)),
            createdAt: timestamp(at(.createdAt)), lastSeenAt: timestamp(at(.lastSeenAt)),
            address: text(at(.address)), client: text(at(.client)),
            providerSession: optionalText(at(.providerSession)))
    }
}
