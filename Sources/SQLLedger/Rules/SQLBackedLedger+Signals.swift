public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func receive(_ signal: Signal) async throws(LedgerError) -> SignalOutcome? {
        try await write { transaction in
            guard try transaction.use(signal.mark, until: signal.markedUntil, at: signal.at) else {
                return nil
            }
            let outcome = try transaction.act(on: signal)
            try transaction.insert(
                Event(
                    .signalReceived, at: signal.at, actor: nil, subject: outcome.subject,
                    address: signal.address, detail: signal.detail(outcome)))
            try transaction.statement(
                """
                INSERT INTO signal_streams (name, last_event, last_at) VALUES (?1, ?2, ?3)
                ON CONFLICT (name) DO UPDATE SET last_event = ?2, last_at = ?3
                """
            ).run(signal.stream, signal.name, signal.at)
            return outcome
        }
    }

    public func stream(_ name: String) async throws(LedgerError) -> SignalStream {
        try await read { try $0.signalStream(name) }
    }

    @discardableResult
    public func update(
        stream name: String, _ change: @escaping @Sendable (inout SignalStream) -> Void
    ) async throws(LedgerError) -> SignalStream {
        try await write { transaction in
            var stream = try transaction.database.signalStream(name)
            change(&stream)
            try transaction.statement(
                """
                INSERT INTO signal_streams (name, stream_id, endpoint, status, asked_state, asked_at, verified_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                ON CONFLICT (name) DO UPDATE SET stream_id = ?2, endpoint = ?3, status = ?4, asked_state = ?5,
                    asked_at = ?6, verified_at = ?7
                """
            ).run(
                name, stream.id, stream.endpoint, stream.status, stream.askedState, stream.askedAt,
                stream.verifiedAt)
            return try transaction.database.signalStream(name)
        }
    }

    public func lease(
        stream name: String, to holder: Int64, until end: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> Bool {
        try await lease(.stream(name), to: holder, until: end, at: now) { _ in true } ?? false
    }

    public func release(stream name: String, of holder: Int64) async throws(LedgerError) {
        try await release(.stream(name), of: holder)
    }
}

extension Transaction {
    /// Does what a signal asks for.
    fileprivate func act(on signal: Signal) throws -> SignalOutcome {
        let person = try database.meant(by: signal.person)
        guard case .found(let id) = person else { return SignalOutcome(person: person) }
        guard try isLatest(signal, about: id) else { return SignalOutcome(person: person, isOvertaken: true) }
        var outcome = SignalOutcome(person: person, act: signal.act)
        if signal.act.endsSessions { outcome.sessions = try endSessions(of: id, signal) }
        switch signal.act {
        case .note, .endSessions: break
        case .dormant: try beginDormancy(of: id, at: signal.at)
        case .pause:
            outcome.tokens = try changeTokens(of: id, .pause(.signal, until: nil), .tokenPaused, signal)
        case .revoke: outcome.tokens = try changeTokens(of: id, .revoke(.bySignal), .tokenRevoked, signal)
        case .deactivate, .reactivate: try change(id, signal)
        case .remove: try end(id, event: signal.event(.subjectEnded, id))
        }
        return outcome
    }

    /// Notes when a signal about somebody's account was issued. Returns `false` where one that was issued later came before,
    /// as when a transmitter sends again what it could not deliver.
    private func isLatest(_ signal: Signal, about id: SubjectID) throws -> Bool {
        guard [.deactivate, .reactivate].contains(signal.act) else { return true }
        return try statement(
            """
            UPDATE subjects SET account_signal_at = ?2
            WHERE id = ?1 AND (account_signal_at IS NULL OR account_signal_at <= ?2)
            """
        ).run(id, signal.issuedAt) > 0
    }

    /// Ends the session that a signal names, or else all of the person's. Returns how many there were.
    private func endSessions(of id: SubjectID, _ signal: Signal) throws -> Int {
        guard signal.act == .endSessions, let session = signal.session else {
            return try statement("DELETE FROM sessions WHERE subject = ?").run(id)
        }
        return try statement("DELETE FROM sessions WHERE subject = ? AND provider_session = ?").run(
            id, session)
    }

    private func beginDormancy(of id: SubjectID, at now: Timestamp) throws {
        let dormant = try statement(
            """
            UPDATE subjects SET must_sign_in_since = coalesce(must_sign_in_since, ?2)
            WHERE id = ?1 RETURNING \(Subject.columns)
            """
        ).first(id, now) { try $0.subject() }
        if let dormant { notify(.subject(dormant)) }
    }

    /// Changes all active tokens of a person, with an event for each. Returns how many it changed.
    private func changeTokens(
        of id: SubjectID, _ act: BulkAct, _ kind: Event.Kind, _ signal: Signal
    ) throws -> Int {
        let tokens: [TokenID] = try statement(
            """
            SELECT token_id FROM tokens
            WHERE owner = ?1 AND replaced_at IS NULL AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > ?2)
            """
        ).all([id, signal.at]) { $0.identifier(0) }
        let note = Signal.causeOfChange + signal.name
        return try change(BulkChange(act, tokens, event: signal.event(kind, id), note: note)).changed.count
    }

    /// Deactivates or reactivates a person, as SCIM does.
    private func change(_ id: SubjectID, _ signal: Signal) throws {
        let isActive = signal.act == .reactivate
        let wasActive = try statement("SELECT deactivated_at IS NULL FROM subjects WHERE id = ?")
            .first(id) { $0.integer(0) != 0 }
        guard wasActive != isActive else { return }
        try statement("UPDATE subjects SET revision = revision + 1 WHERE id = ?").run(id)
        try setActive(isActive, id, at: signal.at)
        try insert(signal.event(isActive ? .subjectReactivated : .subjectDeactivated, id))
    }
}

extension Signal {
    /// An event of what the signal did.
    fileprivate func event(_ kind: Event.Kind, _ id: SubjectID) -> Event {
        Event(kind, at: at, actor: nil, subject: id, address: address, detail: Signal.cause + name)
    }
}

extension SQLDatabase {
    /// Whom a signal names. Break-glass and service accounts are none of the provider's.
    fileprivate func meant(by person: Signal.Person) throws -> SignalOutcome.Person {
        let found: [SubjectID]
        switch person {
        case .unnamed: return .unnamed
        case .email(let address):
            found = try statement(
                "SELECT id FROM subjects WHERE email_folded = ? AND \(Subject.isProvisionable)"
            ).all([address.folded]) { $0.identifier(0) }
        case .identity(let identity):
            found = try people(named: identity)
        }
        guard let id = found.first else { return .nobody }
        return found.count == 1 ? .found(id) : .several
    }

    /// The person with that identity; or the one whom the provider gave its name as `externalId`, and who has not signed in
    /// yet.
    private func people(named identity: Identity) throws -> [SubjectID] {
        let holders: [SubjectID] = try statement(
            """
            SELECT subjects.id FROM identities JOIN subjects ON subjects.id = identities.subject
            WHERE identities.issuer = ? AND identities.name = ? AND \(Subject.isProvisionable)
            """
        ).all([identity.issuer, identity.name]) { $0.identifier(0) }
        guard holders.isEmpty else { return holders }
        return try statement(
            """
            SELECT id FROM subjects WHERE external_id = ?2 AND \(Subject.isProvisionable) AND NOT EXISTS (
                SELECT 1 FROM identities WHERE identities.subject = subjects.id AND identities.issuer = ?1)
            """
        ).all([identity.issuer, identity.name]) { $0.identifier(0) }
    }

    fileprivate func signalStream(_ name: String) throws -> SignalStream {
        try statement(
            """
            SELECT stream_id, endpoint, status, last_event, last_at, asked_state, asked_at, verified_at
            FROM signal_streams WHERE name = ?
            """
        ).first(name) { row in
            var stream = SignalStream()
            (stream.id, stream.endpoint) = (row.optionalText(0), row.optionalText(1))
            (stream.status, stream.lastEvent) = (row.optionalText(2), row.optionalText(3))
            stream.lastAt = row.optionalTimestamp(4)
            stream.askedState = row.isNull(5) ? nil : try row.digest(5)
            (stream.askedAt, stream.verifiedAt) = (row.optionalTimestamp(6), row.optionalTimestamp(7))
            return stream
        } ?? SignalStream()
    }
}
