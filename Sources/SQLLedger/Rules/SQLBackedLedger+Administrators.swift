public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func administration() async throws(LedgerError) -> AdministrationState {
        try await read { database in
            let hasAccounts = try database.statement("SELECT 1 FROM subjects LIMIT 1").first { _ in true }
            guard hasAccounts != nil else { return .noAccounts }
            guard try database.wasEverAdministered else { return .neverAdministered }
            return try database.hasAdministrator() ? .administered : .noLongerAdministered
        }
    }

    public func administrators() async throws(LedgerError) -> [Subject] {
        try await read { database in
            try database.statement(
                """
                SELECT \(Subject.columns) FROM subjects
                WHERE is_administrator = 1 AND \(Subject.isActive) ORDER BY login_folded
                """
            ).all([]) { try $0.subject() }
        }
    }

    @discardableResult
    public func appoint(
        _ id: SubjectID, administrator: Bool, event: Event
    ) async throws(LedgerError) -> Subject {
        try await write { transaction in
            let former = try transaction.statement(
                "SELECT \(Subject.columns) FROM subjects WHERE id = ? AND ended_at IS NULL"
            ).first(id) { try $0.subject() }
            guard let former else { throw LedgerError.noSuchSubject }
            guard former.isAdministrator != administrator else { return former }
            if !administrator { try transaction.expectAnotherAdministrator(than: id) }
            let changed = try transaction.statement(
                """
                UPDATE subjects SET is_administrator = ?2, \(Subject.remembersRole), modified_at = ?3,
                    revision = revision + 1
                WHERE id = ?1 RETURNING \(Subject.columns)
                """
            ).first(id, administrator, event.at) { try $0.subject() }
            guard let changed else { throw LedgerError.noSuchSubject }
            try transaction.insert(event)
            transaction.notify(.subject(changed))
            return changed
        }
    }
}

extension Subject {
    /// The condition that an account is neither suspended nor deactivated, and has not ended.
    static let isActive = "suspended_at IS NULL AND deactivated_at IS NULL AND ended_at IS NULL"
    /// The assignment for each statement that may take the role away. In SQL its right side sees the old
    /// values.
    static let remembersRole = "was_administrator = was_administrator | is_administrator"
}

extension SQLDatabase {
    /// Whether there is or was an administrator.
    var wasEverAdministered: Bool {
        get throws {
            try statement(
                "SELECT 1 FROM subjects WHERE is_administrator = 1 OR was_administrator = 1 LIMIT 1"
            ).first { _ in true } ?? false
        }
    }

    /// Whether an administrator other than `id` is active and has a way to sign in.
    fileprivate func hasAdministrator(otherThan id: SubjectID? = nil) throws -> Bool {
        try statement(
            """
            SELECT 1 FROM subjects
            WHERE is_administrator = 1 AND id <> coalesce(CAST(?1 AS BIGINT), 0)
                AND \(Subject.isActive)
                AND (details IS NOT NULL OR last_sign_in_at IS NOT NULL
                    OR EXISTS (SELECT 1 FROM passwords WHERE passwords.subject = subjects.id))
            LIMIT 1
            """
        ).first(id) { _ in true } ?? false
    }
}

extension Transaction {
    fileprivate func isAdministrator(_ id: SubjectID) throws -> Bool {
        try statement("SELECT 1 FROM subjects WHERE id = ? AND is_administrator = 1").first(id) { _ in true }
            ?? false
    }

    /// Throws ``LedgerError/lastAdministrator`` where that subject is the only administrator.
    func expectAnotherAdministrator(than id: SubjectID) throws {
        guard try isAdministrator(id), try !database.hasAdministrator(otherThan: id) else { return }
        throw LedgerError.lastAdministrator
    }
}
