internal import SQL
internal import SQLite

/// A ledger's file that is read and never changed, all of it as it is at one moment.
final class SQLiteSource {
    private let database: Database
    private let path: String
    /// What the pragma said in the moment that is read.
    private let version: Int64?

    /// Opens the file at `path`, and begins to read.
    /// - Throws: ``MoveFault`` where it is in use, or of another version than this one.
    init(path: String) throws {
        if let user = try Database.otherUser(of: path) { throw MoveFault.sourceInUse(path, by: user) }
        self.path = path
        database = try Database(path: path, isReadOnly: true)
        // As wherever the file is opened, since somebody else could have written it.
        try database.execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
        try database.execute("BEGIN")
        // The moment is that of the first look, not of the beginning.
        let schema = Int(try database.integer("PRAGMA user_version") ?? 0)
        version = try database.dataVersion
        guard schema <= Migrations.steps.count else {
            throw LedgerError.tooNew(version: schema, known: Migrations.steps.count)
        }
        guard schema == Migrations.steps.count else { throw MoveFault.sourceTooOld(path) }
        try Migrations.expectUTF8(database)
    }

    /// How many rows a table has.
    func count(of table: MigratedTable) throws -> Int64 {
        try database.integer("SELECT count(*) FROM \(table.name)") ?? 0
    }

    /// Hands each row of a table to `body`, in the order of their key.
    func forEachRow(of table: MigratedTable, _ body: (RowBytes) throws -> Void) throws {
        let sql = "SELECT \(table.columnList) FROM \(table.name) ORDER BY \(table.key)"
        try database.statement(sql).forEach([]) { row in
            try body(RowBytes(row, of: table))
            return true
        }
    }

    /// Ends the reading, and makes sure that nobody has changed the file since it began.
    /// - Throws: ``MoveFault/sourceChanged(_:)``.
    func end() throws {
        try database.execute("COMMIT")
        guard try database.dataVersion == version else { throw MoveFault.sourceChanged(path) }
    }
}

extension Database {
    /// A number that is another one as soon as another connection has changed the file
    /// (https://www.sqlite.org/pragma.html#pragma_data_version).
    fileprivate var dataVersion: Int64? {
        get throws { try integer("PRAGMA data_version") }
    }
}
