internal import Ledger
internal import PostgreSQL
internal import SQL
internal import Tokens

/// The steps from an empty database to the present tables; step n takes those of version n to n + 1.
///
/// **Append only**: a step that was ever released has run somewhere and never changes. While one runs, nodes
/// of the version before may still serve: a step takes nothing away that they use.
enum PostgreSQLMigrations {
    static let steps = [schema1, marks, FoldingAnew.step, tradePlaces, releases, administrators] + next

    /// How long a node that starts waits for another that migrates.
    static let patience = TimeSpan.minutes(10)

    /// Names the lock that nodes wait for which start together; any number that nobody else uses.
    private static let lock = 0x6A65_746F_6E00_0001

    /// How long a step waits for a table that others use, and how long it then lets them go first.
    private static let turn = TimeSpan.seconds(1)

    /// Takes the database to the present tables, each step a transaction of its own. A node that starts at
    /// the same time waits for the lock and then finds the work done.
    ///
    /// Whoever asks for a table that a step waits for waits behind it, which would be all nodes while
    /// somebody makes a dump. So a step waits for a moment only, and begins again after another.
    static func run(
        on connection: PostgreSQLConnection, makesTables: Bool = true, steps: [String] = steps
    ) throws {
        try refuseOtherEncodings(connection)
        let end = ContinuousClock.now + .milliseconds(patience.milliseconds)
        var version = 0
        repeat {
            try connection.execute(
                "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE;"
                    + " SET LOCAL statement_timeout = \(patience.milliseconds);"
                    + " SELECT pg_advisory_xact_lock(\(lock));"
                    + " SET LOCAL lock_timeout = \(turn.milliseconds)")
            do {
                version = try step(on: connection, makesTables: makesTables, steps: steps)
                try connection.commit()
            } catch let error as PostgreSQLError where error.kind == .busy && ContinuousClock.now < end {
                connection.rollBack()
                try connection.execute("SELECT pg_sleep(\(turn.seconds))")
            } catch {
                connection.rollBack()
                throw error
            }
        } while version < steps.count
    }

    private static func step(
        on connection: PostgreSQLConnection, makesTables: Bool, steps: [String]
    ) throws -> Int {
        let isOurs = try connection.integer(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_version'"
        )
        if isOurs == 0 {
            try refuseForeign(connection)
            guard makesTables else {
                throw LedgerError.failed(
                    reason:
                        "there is no ledger in that database: name the right one, start `jeton serve` on it once, "
                        + "or make it by `jeton user add --create-ledger`")
            }
            try connection.execute(
                "CREATE TABLE schema_version (version BIGINT NOT NULL); INSERT INTO schema_version VALUES (0)"
            )
        }
        let version = Int(try connection.integer("SELECT version FROM schema_version") ?? 0)
        guard version <= steps.count else { throw LedgerError.tooNew(version: version, known: steps.count) }
        guard version < steps.count else { return version }
        try connection.execute(steps[version])
        if steps[version] == FoldingAnew.step { try FoldingAnew.run(on: connection) }
        try connection.execute("UPDATE schema_version SET version = \(version + 1)")
        return version + 1
    }

    /// People's names are of all scripts: in any other encoding the first one that it has no letter for fails, or, in
    /// `SQL_ASCII`, nobody checks what is written.
    private static func refuseOtherEncodings(_ connection: PostgreSQLConnection) throws {
        let (kept, sent) = (connection.serverEncoding, connection.clientEncoding)
        guard kept == "UTF8" else {
            throw LedgerError.failed(
                reason:
                    "the database's encoding is \(kept), and has to be UTF8: make one by CREATE DATABASE name "
                    + "ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0")
        }
        guard sent == "UTF8" else {
            throw LedgerError.failed(
                reason:
                    "the connection's client_encoding is \(sent), and has to be UTF8: let no pooler set another"
            )
        }
    }

    private static func refuseForeign(_ connection: PostgreSQLConnection) throws {
        let theirs = try connection.integer(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
        guard theirs == 0 else {
            throw LedgerError.failed(
                reason:
                    "the database holds tables of something else than Jeton: make one for it (CREATE DATABASE)"
            )
        }
    }
}
