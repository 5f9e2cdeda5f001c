internal import SQL
internal import Tokens

/// Updates the columns `…_folded` after the folding has changed: the one migration step that needs more than
/// SQL. The folding of ASCII never changes, so only other texts are read.
enum Refolding {
    /// The text by which the lists of migrations recognise the step. Its SQL replaces a space by a colon in
    /// the keys of ended accounts, since logins may now contain spaces.
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

    private struct RefoldedRow {
        let id: Int64
        let folded: String
    }

    /// The rows whose folded column differs from the folding of its text, by identifier.
    private static func changed(
        _ table: String, _ column: String, _ database: any SQLDatabase, where condition: String = "TRUE"
    ) throws -> [RefoldedRow] {
        try database.statement(
            """
            SELECT id, \(column), \(column)_folded FROM \(table)
            WHERE \(condition) AND \(database.dialect.holdsMoreThanASCII(column)) ORDER BY id
            """
        ).all([]) { row in
            let folded = row.text(1).folded
            return folded.isExactly(row.text(2)) ? nil : RefoldedRow(id: row.integer(0), folded: folded)
        }.compactMap(\.self)
    }

    /// Logins that now fold alike keep distinct keys.
    private static func foldLogins(_ database: any SQLDatabase) throws {
        let rows = try changed("subjects", "login", database, where: "ended_at IS NULL")
        let update = try database.statement("UPDATE subjects SET login_folded = ?2 WHERE id = ?1")
        // First moves all out of one another's way.
        for row in rows { try update.run(row.id, LoginKeys.twin(row.folded, SubjectID(number: row.id))) }
        for row in rows {
            let isTaken = try database.statement("SELECT 1 FROM subjects WHERE login_folded = ?")
                .first(row.folded) { _ in true }
            if isTaken == nil { try update.run(row.id, row.folded) }
        }
    }

    /// Where two active tokens of an owner now have names that fold alike, both stay, and the first holds the
    /// name.
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
