internal import Ledger
internal import SQL
internal import SQLite

/// The SQLite file from which a ledger migrates, read-only and as it is at one moment.
final class SQLiteSource {
    private let database: Database
    private let path: String
    /// `data_version` at the moment that is read.
    private let version: Int64?

    /// Opens the file at `path` and begins a transaction.
    /// - Throws: ``MoveFault`` where it is in use or has another version.
    init(path: String) throws {
        if let user = try Database.otherUser(of: path) { throw MoveFault.sourceInUse(path, by: user) }
        self.path = path
        database = try Database(path: path, isReadOnly: true)
        // As wherever the file is opened, since somebody else may have written it.
        try database.execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
        try database.execute("BEGIN")
        // A transaction sees the moment of its first read, not of its beginning.
        let schema = Int(try database.integer("PRAGMA user_version") ?? 0)
        version = try database.dataVersion
        guard schema <= SQLiteMigrations.steps.count else {
            throw LedgerError.tooNew(version: schema, known: SQLiteMigrations.steps.count)
        }
        guard schema == SQLiteMigrations.steps.count else { throw MoveFault.sourceTooOld(path) }
        try SQLiteMigrations.expectUTF8(database)
    }

    func count(of table: MigratedTable) throws -> Int64 {
        try database.integer("SELECT count(*) FROM \(table.name)") ?? 0
    }

    /// Calls `body` with each row of a table, in the order of its key.
    func forEachRow(of table: MigratedTable, _ body: (RowBytes) throws -> Void) throws {
        let sql = "SELECT \(table.columnList) FROM \(table.name) ORDER BY \(table.key)"
        try database.statement(sql).forEach([]) { row in
            try body(RowBytes(row, of: table))
            return true
        }
    }

    /// Ends the transaction, and checks that nobody changed the file since it began.
    /// - Throws: ``MoveFault/sourceChanged(_:)``.
    func end() throws {
        try database.execute("COMMIT")
        guard try database.dataVersion == version else { throw MoveFault.sourceChanged(path) }
    }
}

extension Database {
    /// A number that differs as soon as another connection has changed the file
    /// (https://www.sqlite.org/pragma.html#pragma_data_version).
    fileprivate var dataVersion: Int64? {
        get throws { try integer("PRAGMA data_version") }
    }
}
