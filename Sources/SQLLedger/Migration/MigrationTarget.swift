internal import Ledger
internal import PostgreSQL
internal import SQL
internal import Tokens

/// The PostgreSQL database into which a ledger migrates. It keeps track of its own progress: the table
/// `arriving` exists until everything has arrived and been verified, and `arrived` has the progress of each
/// table.
///
/// Until then the row `change_head` does not exist, without which no node reads, writes or follows.
final class MigrationTarget {
    private let connection: PostgreSQLConnection
    private let settings: PostgreSQLSettings
    /// Counts the runs that continued the migration, so that only the latest one writes.
    private var run: Int64 = 0

    /// Connects, and creates the tables where there are none.
    init(_ settings: PostgreSQLSettings) throws {
        self.settings = settings
        connection = try settings.connect()
        try PostgreSQLMigrations.run(on: connection)
    }

    /// Refuses a database with an unfinished migration.
    static func refuseUnfinished(on connection: PostgreSQLConnection) throws {
        guard try isUnfinished(on: connection) else { return }
        throw LedgerError.failed(
            reason: "a migration into this database is unfinished: run `jeton migrate` again until it has "
                + "verified everything")
    }

    private static func isUnfinished(on connection: PostgreSQLConnection) throws -> Bool {
        try connection.integer(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'arriving'")
            != 0
    }

    /// Begins or continues a migration; `restarts` first removes what has arrived. Returns a table that
    /// contains rows where the database has a ledger already.
    func begin(restarts: Bool) throws -> MigratedTable? {
        var occupied: MigratedTable?
        try write { connection in
            if try !Self.isUnfinished(on: connection) {
                occupied = try MigratedTable.all.first { table in
                    try connection.integer("SELECT 1 FROM \(table.name) LIMIT 1") != nil
                }
                if occupied == nil { try mark() }
            } else if restarts {
                let tables = MigratedTable.all.map(\.name).joined(separator: ", ")
                try connection.execute("TRUNCATE \(tables); UPDATE arrived SET count = 0, sum = \(Self.none)")
            }
            if occupied != nil { return }
            run = try connection.integer("UPDATE arriving SET run = run + 1 RETURNING run") ?? 0
        }
        return occupied
    }

    /// The sum of no rows, in SQL.
    private static let none = "decode(repeat('00', 32), 'hex')"

    private func mark() throws {
        guard let head = try connection.integer("SELECT number FROM change_head FOR UPDATE") else {
            throw Changes.isDamaged
        }
        try connection.execute(
            """
            CREATE TABLE arriving (run BIGINT NOT NULL, head BIGINT NOT NULL);
            INSERT INTO arriving VALUES (0, \(head));
            CREATE TABLE arrived (name TEXT PRIMARY KEY, count BIGINT NOT NULL, sum BYTEA NOT NULL);
            DELETE FROM change_head;
            """)
        for table in MigratedTable.all {
            try connection.execute("INSERT INTO arrived VALUES ('\(table.name)', 0, \(Self.none))")
        }
    }

    /// The sum of the rows that have arrived in a table.
    func sum(arrivedIn table: MigratedTable) throws -> RowSum {
        try connection.statement("SELECT count, sum FROM arrived WHERE name = ?").first(table.name) { row in
            RowSum(count: row.integer(0), bytes: row.bytes(1))
        }.flatMap(\.self) ?? RowSum()
    }

    /// Adds rows to a table and stores the new sum, in one transaction.
    func add(_ rows: [UInt8], to table: MigratedTable, sum: RowSum) throws {
        try write { connection in
            guard try connection.integer("SELECT run FROM arriving FOR UPDATE") == run else {
                throw MoveFault.takenOver
            }
            try connection.copy(rows, into: "\(table.name) (\(table.columnList))")
            try connection.statement("UPDATE arrived SET count = ?, sum = ? WHERE name = ?")
                .run(sum.count, sum.bytes, table.name)
        }
    }

    /// Calls `body` with each row of a table, in any order.
    func forEachRow(of table: MigratedTable, _ body: (RowBytes) -> Void) throws {
        try connection.reading(settings) {
            try connection.forEachRow(of: table.name, table.columnList) { body(RowBytes($0, of: table)) }
        }
    }

    func count(of table: MigratedTable) throws -> Int64 {
        try connection.integer("SELECT count(*) FROM \(table.name)") ?? 0
    }

    /// Opens the database for nodes. The numbers of changes continue after one that was never assigned: a
    /// node that was connected before the migration notices that it lacks changes.
    func finish() throws {
        for table in MigratedTable.all { try connection.execute("ANALYZE \(table.name)") }
        try write { connection in
            guard try connection.integer("SELECT run FROM arriving FOR UPDATE") == run else {
                throw MoveFault.takenOver
            }
            try connection.execute(
                """
                INSERT INTO change_head SELECT 1, head + 1 FROM arriving;
                DROP TABLE arriving, arrived;
                """)
        }
    }

    private func write(_ body: (PostgreSQLConnection) throws -> Void) throws {
        try connection.execute(settings.beginWriting)
        try connection.committing { try body(connection) }
    }
}
