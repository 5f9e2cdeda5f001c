public import Ledger
internal import SQL
public import Tokens

// The column `login_folded` is unique. It holds `Login.folded`, and where that is not this account's alone,
// the same with a colon and the account's identifier behind it, which no login has: of an account that has
// ended, so that its login is free, and of a live one whose login came to fold like another's by a change of
// the folding.

/// What `login_folded` may hold of accounts with one folded login.
struct LoginKeys {
    let folded: String
    /// The condition in SQL, whose parameters 1 to 3 are ``values``.
    static let condition =
        "(login_folded = ?1 OR login_folded > ?2 AND login_folded < ?3) AND ended_at IS NULL"

    var values: [(any Bindable)?] { [folded, "\(folded):", "\(folded);"] }

    /// The key of a live account that is not the only one.
    static func twin(_ folded: String, _ id: SubjectID) -> String { "\(folded):\(id.number)" }
}

extension SQLDatabase {
    /// The live account of a login as it was typed. Among accounts whose logins fold alike it is the one that
    /// is spelled so, byte by byte, or else none.
    func subject(called login: String) throws -> Subject? {
        let keys = LoginKeys(folded: login.folded)
        let found = try statement("SELECT \(Subject.columns) FROM subjects WHERE \(LoginKeys.condition)")
            .all(keys.values) { try $0.subject() }
        return found.first { $0.login.text.isExactly(login) } ?? (found.count == 1 ? found[0] : nil)
    }
}

extension Transaction {
    /// What to keep in `login_folded` of that account. Throws ``LedgerError/loginTaken`` where another live
    /// account has the login; accounts that fold alike already stay so.
    func key(of login: Login, for id: SubjectID) throws -> String {
        let others = try statement(
            "SELECT login_folded FROM subjects WHERE \(LoginKeys.condition) AND id <> ?4"
        ).all(LoginKeys(folded: login.folded).values + [id]) { $0.text(0) }
        guard !others.isEmpty else { return login.folded }
        let own = try statement("SELECT login FROM subjects WHERE id = ?").first(id) { $0.text(0) }
        guard own?.folded.isExactly(login.folded) ?? false else { throw LedgerError.loginTaken }
        return others.containsExactly(login.folded) ? LoginKeys.twin(login.folded, id) : login.folded
    }
}

extension SQLBackedLedger {
    public func subject(signingInAs text: String) async throws(LedgerError) -> Subject? {
        try await read { database in
            // Both are looked up always, so that what there is takes as long as what there is not.
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
            // No login has a colon.
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
