internal import PostgreSQL
internal import SQL
internal import Tokens

/// What of a ledger has arrived in a PostgreSQL database, as that itself remembers it: the table `arriving`
/// is there until all of it is there and verified, and `arrived` says of each table how far it is.
///
/// Until then the row `change_head` is not there, without which no node reads, writes or follows.
final class MigrationTarget {
    private let connection: PostgreSQLConnection
    private let settings: PostgreSQLSettings
    /// Counts who went on with the move: one alone does.
    private var run: Int64 = 0

    /// Opens the database, and makes a ledger's tables where there are none.
    init(_ settings: PostgreSQLSettings) throws {
        self.settings = settings
        connection = try settings.connect()
        try PostgreSQLMigrations.run(on: connection)
    }

    /// Refuses a database in which not all has arrived.
    static func refuseUnfinished(on connection: PostgreSQLConnection) throws {
        guard try isUnfinished(on: connection) else { return }
        throw LedgerError.failed(
            reason: "a migration into this database has not ended: run `jeton migrate` again, until it says "
                + "that all was moved and verified")
    }

    private static func isUnfinished(on connection: PostgreSQLConnection) throws -> Bool {
        try connection.integer(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'arriving'")
            != 0
    }

    /// Begins, or goes on with what was begun; `restarts` removes first what had arrived. Says which table
    /// is in the way where the database holds a ledger already.
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

    /// The sum of no rows, as SQL writes it.
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

    /// What has arrived of a table.
    func sum(arrivedIn table: MigratedTable) throws -> RowSum {
        try connection.statement("SELECT count, sum FROM arrived WHERE name = ?").first(table.name) { row in
            RowSum(count: row.integer(0), bytes: row.bytes(1))
        }.flatMap(\.self) ?? RowSum()
    }

    /// Adds rows to a table, with which what arrived has that sum. All of it lasts, or nothing.
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

    /// Hands each row of a table to `body`, in any order.
    func forEachRow(of table: MigratedTable, _ body: (RowBytes) -> Void) throws {
        try connection.reading(settings) {
            try connection.forEachRow(of: table.name, table.columnList) { body(RowBytes($0, of: table)) }
        }
    }

    /// How many rows a table has.
    func count(of table: MigratedTable) throws -> Int64 {
        try connection.integer("SELECT count(*) FROM \(table.name)") ?? 0
    }

    /// Lets nodes in. The changes go on after a number that was never given out: a node that was there before
    /// the move sees that it does not know them all.
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
