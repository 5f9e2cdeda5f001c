public import Ledger
internal import SQL
public import Tokens

// The column `login_folded` is unique. It holds `Login.folded`, and where that is not this account's alone,
// the same with a colon and the account's identifier behind it, which no login has: of an account that has
// ended, so that its login is free, and of a live one whose login came to fold like another's by a change of
// the folding.

/// What `login_folded` may hold of accounts with one folded login.
private struct LoginKeys {
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

// MARK: Folding anew

/// Brings the columns `…_folded` up to the present folding: the one step of the migrations that needs more than
/// SQL. ASCII folds as ever, so only other texts are looked at.
enum FoldingAnew {
    /// By this text in their lists the migrations know the step. What it does in SQL is to mark the keys of
    /// ended accounts by a colon, where it was a space: a login may have spaces now.
    static let step = """
        UPDATE subjects SET login_folded = login_folded || ':' || id WHERE ended_at IS NOT NULL;
        """

    static func run(on database: any SQLDatabase) throws {
        try foldLogins(database)
        for (table, column) in [
            ("subjects", "name"), ("subjects", "email"), ("provisioned_groups", "name"),
        ] {
            let update = try database.statement("UPDATE \(table) SET \(column)_folded = ?2 WHERE id = ?1")
            for row in try changed(table, column, database) { try update.run(row.id, row.folded) }
        }
        try foldTokenNames(database)
    }

    private struct Row {
        let id: Int64
        let folded: String
    }

    /// The rows whose folded column is not what its text folds to, by identifier.
    private static func changed(
        _ table: String, _ column: String, _ database: any SQLDatabase, where condition: String = "TRUE"
    ) throws -> [Row] {
        try database.statement(
            """
            SELECT id, \(column), \(column)_folded FROM \(table)
            WHERE \(condition) AND \(database.dialect.holdsMoreThanASCII(column)) ORDER BY id
            """
        ).all([]) { row in
            let folded = row.text(1).folded
            return folded.isExactly(row.text(2)) ? nil : Row(id: row.integer(0), folded: folded)
        }.compactMap(\.self)
    }

    /// Those that fold like another's stay, under a key that says so.
    private static func foldLogins(_ database: any SQLDatabase) throws {
        let rows = try changed("subjects", "login", database, where: "ended_at IS NULL")
        let update = try database.statement("UPDATE subjects SET login_folded = ?2 WHERE id = ?1")
        // First out of one another's way.
        for row in rows { try update.run(row.id, LoginKeys.twin(row.folded, SubjectID(number: row.id))) }
        for row in rows {
            let isTaken = try database.statement("SELECT 1 FROM subjects WHERE login_folded = ?")
                .first(row.folded) { _ in true }
            if isTaken == nil { try update.run(row.id, row.folded) }
        }
    }

    /// Of two live tokens of one owner whose names fold alike both stay, and the first holds the name.
    private static func foldTokenNames(_ database: any SQLDatabase) throws {
        let rows = try changed("tokens", "name", database)
        let giveUp = try database.statement(
            """
            UPDATE tokens SET holds_name = 0 WHERE id = ?1 AND holds_name = 1 AND EXISTS (
                SELECT 1 FROM tokens AS other WHERE other.owner = tokens.owner AND other.id <> tokens.id
                    AND other.name_folded = ?2 AND other.holds_name = 1)
            """)
        let update = try database.statement("UPDATE tokens SET name_folded = ?2 WHERE id = ?1")
        for row in rows {
            try giveUp.run(row.id, row.folded)
            try update.run(row.id, row.folded)
        }
    }
}

extension SQLDialect {
    /// The condition that a text holds a character beyond ASCII.
    fileprivate func holdsMoreThanASCII(_ column: String) -> String {
        switch self {
        case .sqlite: "length(CAST(\(column) AS BLOB)) > length(\(column))"
        case .postgresql: "octet_length(\(column)) > char_length(\(column))"
        }
    }
}
