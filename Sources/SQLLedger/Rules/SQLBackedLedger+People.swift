public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func people(_ key: ProvisioningKey?) async throws(LedgerError) -> [ProvisionedPerson] {
        try await read { try $0.people(key) }
    }

    public func person(_ id: SubjectID) async throws(LedgerError) -> ProvisionedPerson? {
        try await read { try $0.person(id) }
    }

    public func hasProvisionedPeople() async throws(LedgerError) -> Bool {
        try await read { database in
            try database.statement("SELECT 1 FROM subjects WHERE \(Subject.isProvisioned) LIMIT 1")
                .first { _ in true } ?? false
        }
    }

    public func unprovisionedPeople() async throws(LedgerError) -> Set<SubjectID> {
        guard try await hasProvisionedPeople() else { return [] }
        let found = try await read { database in
            try database.statement(
                """
                SELECT subjects.id FROM subjects WHERE details IS NULL AND \(Subject.isProvisionable)
                    AND EXISTS (SELECT 1 FROM identities WHERE identities.subject = subjects.id)
                """
            ).all([]) { $0.identifier(0) as SubjectID }
        }
        return Set(found)
    }

    public func add(
        _ subject: Subject, provisioned: Provision, event: Event
    ) async throws(LedgerError) {
        try await write { transaction in
            try transaction.insert(subject)
            try transaction.refuseTaken(externalID: provisioned.externalID, for: subject.id)
            try transaction.statement(
                """
                UPDATE subjects SET external_id = ?2, details = ?3, modified_at = ?4, external_id_at = ?4
                WHERE id = ?1
                """
            ).run(subject.id, provisioned.externalID, provisioned.details, event.at)
            try transaction.insert(event)
        }
    }

    @discardableResult
    public func update(
        _ id: SubjectID, at revision: Int64, to provision: Provision, events: [Event]
    ) async throws(LedgerError) -> ProvisionedPerson {
        try await write { transaction in
            let now = events.first?.at
            try transaction.expect(id, at: revision)
            let key = try transaction.key(of: provision.login, for: id)
            try transaction.refuseTaken(externalID: provision.externalID, for: id)
            let updated = try transaction.statement(
                """
                UPDATE subjects SET login = ?2, login_folded = ?3, name = ?4, name_folded = ?5, email = ?6,
                    email_folded = ?7, external_id = ?8, details = ?9,
                    external_id_at = CASE WHEN external_id IS DISTINCT FROM ?8 THEN ?10 ELSE external_id_at END,
                    modified_at = coalesce(?10, modified_at), revision = revision + 1
                WHERE id = ?1 RETURNING 1
                """
            ).first(
                id, provision.login.text, key, provision.name, provision.name.folded,
                provision.email, provision.email?.folded, provision.externalID, provision.details, now
            ) { _ in true }
            guard updated != nil else { throw LedgerError.noSuchSubject }
            try transaction.setActive(provision.isActive, id, at: now)
            for event in events { try transaction.insert(event) }
            guard let person = try transaction.database.person(id) else { throw LedgerError.noSuchSubject }
            return person
        }
    }

    public func end(_ id: SubjectID, at revision: Int64?, event: Event) async throws(LedgerError) {
        try await write { transaction in
            try transaction.expect(id, at: revision)
            try transaction.end(id, event: event)
        }
    }
}

extension Transaction {
    /// Deactivates a person as of `now` and ends all their sessions, or reactivates them, as their provider says. An
    /// administrator's suspension stays.
    func setActive(_ isActive: Bool, _ id: SubjectID, at now: Timestamp?) throws {
        let changed = try statement(
            """
            UPDATE subjects
            SET deactivated_at = CASE WHEN ?2 THEN NULL ELSE coalesce(deactivated_at, ?3) END,
                modified_at = coalesce(?3, modified_at)
            WHERE id = ?1 RETURNING \(Subject.columns)
            """
        ).first(id, isActive, now) { try $0.subject() }
        guard let changed else { throw LedgerError.noSuchSubject }
        if !isActive { try endSessions(of: id, keeping: nil) }
        notify(.subject(changed))
    }

    /// Ends a subject for good: revokes its tokens, withdraws its requests, and removes every way to sign in. Its login is
    /// free again. What a person was called stays until ``EventRetention/eraseAfter``.
    func end(_ id: SubjectID, event: Event) throws {
        try revokeAll(of: id, Token.Revocation(at: event.at, by: event.actor, reason: .accountEnded))
        try endSessions(of: id, keeping: nil)
        for table in ["identities", "passwords", "invitations", "password_uses"] {
            try statement("DELETE FROM \(table) WHERE subject = ?").run(id)
        }
        try leaveGroups(id, at: event.at)
        try withdrawRequests(of: id, at: event.at)
        // No login contains a colon.
        let ended = try statement(
            """
            UPDATE subjects SET ended_at = ?2, login_folded = login_folded || ':' || id, email = NULL,
                email_folded = NULL, groups = '', claimed_groups = '', is_administrator = 0,
                \(Subject.remembersRole),
                external_id = NULL, details = NULL, modified_at = ?2, revision = revision + 1
            WHERE id = ?1 RETURNING \(Subject.columns)
            """
        ).first(id, event.at) { try $0.subject() }
        guard let ended else { throw LedgerError.noSuchSubject }
        try insert(event)
        notify(.subject(ended))
    }

    private func withdrawRequests(of subject: SubjectID, at now: Timestamp) throws {
        try statement(
            """
            UPDATE token_requests SET stage = '\(TokenRequest.State.withdrawn.rawValue)', settled_at = ?2
            WHERE (requester = ?1 OR owner = ?1) AND stage IN ('open', 'approved')
            """
        ).run(subject, now)
    }
}

extension Subject {
    /// The condition that a provider has provisioned the person.
    fileprivate static let isProvisioned = "subjects.details IS NOT NULL AND \(isProvisionable)"
    /// The condition that a provider sees the person.
    static let isProvisionable =
        "subjects.is_break_glass = 0 AND subjects.ended_at IS NULL AND subjects.purpose IS NULL"
}

extension SQLDatabase {
    fileprivate func person(_ id: SubjectID) throws -> ProvisionedPerson? {
        try people("subjects.id = ?", [id]).first
    }

    fileprivate func people(_ key: ProvisioningKey?) throws -> [ProvisionedPerson] {
        switch key {
        case nil: try people("TRUE", [])
        case .name(let login): try subject(called: login).map { try people("subjects.id = ?", [$0.id]) } ?? []
        case .externalID(let name): try people("subjects.external_id = ?", [name])
        }
    }

    private func people(_ condition: String, _ values: [(any Bindable)?]) throws -> [ProvisionedPerson] {
        let condition = "\(condition) AND \(Subject.isProvisionable)"
        var groups: [SubjectID: [ProvisionedPerson.Membership]] = [:]
        try statement(
            """
            SELECT memberships.subject, provisioned_groups.id, provisioned_groups.name
            FROM memberships JOIN subjects ON subjects.id = memberships.subject
            JOIN provisioned_groups ON provisioned_groups.id = memberships."group"
            WHERE \(condition) ORDER BY provisioned_groups.id
            """
        ).all(values) { row in
            (
                row.identifier(0) as SubjectID,
                ProvisionedPerson.Membership(id: row.identifier(1), name: row.text(2))
            )
        }.forEach { groups[$0.0, default: []].append($0.1) }
        return try statement(
            """
            SELECT \(Subject.columns), \(ProvisionColumn.list(of: "subjects")) FROM subjects WHERE \(condition) ORDER BY subjects.id
            """
        ).all(values) { row in
            func at(_ column: ProvisionColumn) -> Int32 { SubjectColumn.count + column.rawValue }
            let subject = try row.subject()
            return ProvisionedPerson(
                subject: subject, externalID: row.optionalText(at(.externalId)),
                details: row.optionalText(at(.details)), groups: groups[subject.id] ?? [],
                modifiedAt: row.optionalTimestamp(at(.modifiedAt)) ?? subject.createdAt,
                revision: row.integer(at(.revision)), releasedAt: row.optionalTimestamp(at(.releasedAt)))
        }
    }
}

/// The columns of a person that follow ``SubjectColumn``.
private enum ProvisionColumn: Int32, ColumnList {
    case externalId, details, modifiedAt, revision, releasedAt
}

extension Transaction {
    /// Refuses an `externalId` that another person has, unless this person has it, too: two may share one
    /// since before this rule.
    fileprivate func refuseTaken(externalID: String?, for id: SubjectID) throws {
        guard let externalID else { return }
        let holders = try statement("SELECT id FROM subjects WHERE external_id = ?")
            .all([externalID]) { $0.identifier(0) as SubjectID }
        if !holders.isEmpty, !holders.contains(id) { throw LedgerError.externalIDTaken }
    }

    /// Throws unless the provider sees the person, at `revision` where it is given.
    fileprivate func expect(_ id: SubjectID, at revision: Int64?) throws {
        let found = try statement(
            "SELECT revision FROM subjects WHERE id = ? AND \(Subject.isProvisionable)"
        ).first(id) { $0.integer(0) }
        guard let found else { throw LedgerError.noSuchSubject }
        if let revision, revision != found { throw LedgerError.changedMeanwhile }
    }
}
