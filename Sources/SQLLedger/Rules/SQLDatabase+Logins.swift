public import Ledger
internal import SQL
public import Tokens

// The column `login_folded` is unique. It contains `Login.folded`, or where another account has that, the
// same followed by a colon and the account's identifier, which no login contains. Such keys belong to ended
// accounts, whose logins are free again, and to active accounts whose logins fold alike since the folding
// changed.

/// The values of `login_folded` for one folded login.
struct LoginKeys {
    let folded: String
    /// The condition in SQL; its parameters 1 to 3 are ``values``.
    static let condition =
        "(login_folded = ?1 OR login_folded > ?2 AND login_folded < ?3) AND ended_at IS NULL"

    var values: [(any Bindable)?] { [folded, "\(folded):", "\(folded);"] }

    /// The key of an active account that shares its folded login.
    static func twin(_ folded: String, _ id: SubjectID) -> String { "\(folded):\(id.number)" }
}

extension SQLDatabase {
    /// Finds the active account of a login as somebody typed it. Where several fold alike, only the one with
    /// the same bytes is found.
    func subject(called login: String) throws -> Subject? {
        let keys = LoginKeys(folded: login.folded)
        let found = try statement("SELECT \(Subject.columns) FROM subjects WHERE \(LoginKeys.condition)")
            .all(keys.values) { try $0.subject() }
        return found.first { $0.login.text.isExactly(login) } ?? (found.count == 1 ? found[0] : nil)
    }
}

extension Transaction {
    /// The value of `login_folded` for a subject. Throws ``LedgerError/loginTaken`` where another active
    /// subject has the login; those that already fold alike stay so. Throws ``LedgerError/loginReserved`` where
    /// a person would get the login of a service account.
    func key(of login: Login, for id: SubjectID, isPerson: Bool = true) throws -> String {
        let others = try statement(
            "SELECT login_folded FROM subjects WHERE \(LoginKeys.condition) AND id <> ?4"
        ).all(LoginKeys(folded: login.folded).values + [id]) { $0.text(0) }
        let isReserved = isPerson && accountLogins.matches(login)
        guard !others.isEmpty || isReserved else { return login.folded }
        let own = try statement("SELECT login FROM subjects WHERE id = ?").first(id) { $0.text(0) }
        guard own?.folded.isExactly(login.folded) ?? false else {
            throw others.isEmpty ? LedgerError.loginReserved : .loginTaken
        }
        guard !others.isEmpty else { return login.folded }
        return others.containsExactly(login.folded) ? LoginKeys.twin(login.folded, id) : login.folded
    }
}

extension SQLBackedLedger {
    public func subject(signingInAs text: String) async throws(LedgerError) -> Subject? {
        try await read { database in
            // Always runs both queries, so that the time does not reveal which accounts exist.
            let named = try database.subject(called: text)
            let reached = try database.statement(
                """
                SELECT \(Subject.columns) FROM subjects JOIN passwords ON passwords.subject = subjects.id
                WHERE subjects.email_folded = ?1 AND subjects.ended_at IS NULL LIMIT 2
                """
            ).all([text.folded]) { try $0.subject() }
            return named ?? (reached.count == 1 ? reached[0] : nil)
        }
    }

    public func subjectsSharingLogin() async throws(LedgerError) -> [Subject] {
        try await read { database in
            // No login contains a colon.
            let others = try database.statement(
                """
                SELECT \(Subject.columns) FROM subjects
                WHERE ended_at IS NULL AND \(database.dialect.holds("':'", in: "login_folded")) ORDER BY id
                """
            ).all([]) { try $0.subject() }
            let keys = others.map { LoginKeys(folded: $0.login.folded) }
            var found: [SubjectID: Subject] = [:]
            for key in keys {
                try database.statement("SELECT \(Subject.columns) FROM subjects WHERE \(LoginKeys.condition)")
                    .all(key.values) { try $0.subject() }.forEach { found[$0.id] = $0 }
            }
            let all = found.values.filter { subject in
                found.values.contains { $0.id != subject.id && $0.login == subject.login }
            }
            return all.sorted { ($0.login.folded, $0.id) < ($1.login.folded, $1.id) }
        }
    }
}
