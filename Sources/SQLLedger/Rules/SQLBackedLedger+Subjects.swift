public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func add(_ subject: Subject, event: Event) async throws(LedgerError) {
        try await write { transaction in
            try transaction.insert(subject)
            try transaction.insert(event)
        }
    }

    public func subject(_ id: SubjectID) async throws(LedgerError) -> Subject? {
        try await read { database in
            try database.statement("SELECT \(Subject.columns) FROM subjects WHERE id = ?")
                .first(id) { try $0.subject() }
        }
    }

    public func subjects(_ ids: Set<SubjectID>) async throws(LedgerError) -> [SubjectID: Subject] {
        guard !ids.isEmpty else { return [:] }
        let numbers = "[\(ids.map { "\($0.number)" }.joined(separator: ","))]"
        let found = try await read { database in
            try database.statement(
                "SELECT \(Subject.columns) FROM subjects WHERE id IN \(database.dialect.numbers(of: "?1"))"
            ).all([numbers]) { try $0.subject() }
        }
        return Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) })
    }

    public func subject(login: Login) async throws(LedgerError) -> Subject? {
        try await read { try $0.subject(called: login.text) }
    }

    public func subjectCounts() async throws(LedgerError) -> SubjectCounts {
        try await read { database in
            let counts = try database.statement(
                "SELECT count(*), count(purpose) FROM subjects WHERE ended_at IS NULL"
            ).first { (all: Int($0.integer(0)), accounts: Int($0.integer(1))) }
            let (all, accounts) = counts ?? (0, 0)
            return SubjectCounts(people: all - accounts, accounts: accounts)
        }
    }

    public func update(_ subject: Subject, event: Event) async throws(LedgerError) {
        try await write { transaction in
            let key = try transaction.key(of: subject.login, for: subject.id)
            try transaction.claim(subject.groups, for: subject.id)
            let updated = try transaction.statement(
                """
                UPDATE subjects SET login = ?2, login_folded = ?3, name = ?4, name_folded = ?5, email = ?6,
                    email_folded = ?7, groups = ?8, is_administrator = ?9, \(Subject.remembersRole),
                    suspended_at = ?10, is_break_glass = ?11, modified_at = ?12, revision = revision + 1
                WHERE id = ?1 AND ended_at IS NULL RETURNING \(Subject.columns)
                """
            ).first(
                subject.id, subject.login.text, key, subject.name, subject.name.folded, subject.email,
                subject.email?.folded, TextList.join(subject.groups), subject.isAdministrator,
                subject.suspendedAt, subject.isBreakGlass, event.at
            ) { try $0.subject() }
            guard let updated else { throw LedgerError.noSuchSubject }
            try transaction.insert(event)
            transaction.notify(.subject(updated))
        }
    }

    public func update(
        _ id: SubjectID, to profile: Profile, event: Event
    ) async throws(LedgerError) -> Subject {
        try await write { [namedGroups] transaction in
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

    @discardableResult
    public func suspend(
        _ id: SubjectID, since: Timestamp?, event: Event
    ) async throws(LedgerError) -> Subject {
        try await write { transaction in
            if since != nil { try transaction.expectAnotherAdministrator(than: id) }
            let changed = try transaction.statement(
                """
                UPDATE subjects SET suspended_at = ?2, modified_at = ?3, revision = revision + 1
                WHERE id = ?1 AND ended_at IS NULL RETURNING \(Subject.columns)
                """
            ).first(id, since, event.at) { try $0.subject() }
            guard let changed else { throw LedgerError.noSuchSubject }
            if since != nil { try transaction.endSessions(of: id, keeping: nil) }
            try transaction.insert(event)
            transaction.notify(.subject(changed))
            return changed
        }
    }
}

extension Transaction {
    func insert(_ subject: Subject) throws {
        let key = try key(of: subject.login, for: subject.id, isPerson: subject.isPerson)
        let account = AccountColumns(subject.account)
        try statement(
            """
            INSERT INTO subjects (id, login, login_folded, name, name_folded, email, email_folded, groups,
                claimed_groups, is_administrator, suspended_at, created_at, is_break_glass, last_sign_in_at,
                deactivated_at, purpose, owner_groups, stewards, services, addresses, review_on)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
            """
        ).run(
            subject.id, subject.login.text, key, subject.name, subject.name.folded, subject.email,
            subject.email?.folded, TextList.join(subject.groups), subject.isAdministrator,
            subject.suspendedAt, subject.createdAt, subject.isBreakGlass, subject.lastSignInAt,
            subject.deactivatedAt, account.purpose, account.owners, account.stewards, account.services,
            account.addresses, subject.account?.reviewOn)
        notify(.subject(subject))
    }
}

extension Subject {
    /// The columns that ``SQL/Row/subject(from:)`` reads.
    static let columns = SubjectColumn.list(of: "subjects")
}

enum SubjectColumn: Int32, ColumnList {
    case id, login, name, email, groups, isAdministrator, suspendedAt, createdAt, isBreakGlass, lastSignInAt
    case deactivatedAt, endedAt, mustSignInSince
    case purpose, ownerGroups, stewards, services, addresses, reviewOn, unattendedSince
}

extension Row {
    func subject(from start: Int32 = 0) throws -> Subject {
        func at(_ column: SubjectColumn) -> Int32 { start + column.rawValue }
        return Subject(
            id: identifier(at(.id)),
            login: try known(try? Login(text(at(.login))), "login"),
            name: text(at(.name)),
            email: optionalText(at(.email)),
            groups: try known(TextList.split(text(at(.groups))), "list of groups"),
            isAdministrator: integer(at(.isAdministrator)) != 0,
            suspendedAt: optionalTimestamp(at(.suspendedAt)),
            createdAt: timestamp(at(.createdAt)),
            isBreakGlass: integer(at(.isBreakGlass)) != 0,
            lastSignInAt: optionalTimestamp(at(.lastSignInAt)),
            deactivatedAt: optionalTimestamp(at(.deactivatedAt)),
            endedAt: optionalTimestamp(at(.endedAt)),
            mustSignInSince: optionalTimestamp(at(.mustSignInSince)), account: try account(from: at(.purpose))
        )
    }
}
