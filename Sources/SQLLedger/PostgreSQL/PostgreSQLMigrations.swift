internal import Ledger
internal import PostgreSQL
internal import SQL
internal import Tokens

/// The steps from an empty database to the current tables; step n upgrades version n to n + 1.
///
/// **Append only**: a released step has run somewhere and never changes. Nodes of the version before may
/// serve during a step, so a step removes nothing that they use.
enum PostgreSQLMigrations {
    static let steps =
        [
            schema1, marks, Refolding.step, exchangePlaces, releases, administrators, secrets, refusals,
            nodes, useDays, accounts, tokenRules, requests, handedOver, usePlaces, useCounts, tokenLists,
            actorTokens, eventsByKind, eventsByActor, eventsByAddress, eventSearch, incidents, lastSignIns,
            notices,
            leaks, decoys,
            signals, signalOrder, authorizations, trustRules, delegations,
        ] + next

    /// How long a starting node waits for another that migrates.
    static let patience = TimeSpan.minutes(10)

    /// The advisory lock of starting nodes; any number that nobody else uses.
    private static let lock = 0x6A65_746F_6E00_0001

    /// How long a step waits for a table that others use, and how long it then lets them proceed.
    private static let turn = TimeSpan.seconds(1)

    /// Upgrades the tables, each step in a transaction of its own. A node that starts at the same time waits
    /// for the lock and then finds the work done.
    ///
    /// Queries on a table queue behind a step that waits for its lock: all nodes would hang while somebody
    /// makes a dump. So a step waits only briefly, and tries again after a pause.
    ///
    /// `upgrading` is called before each step of a ledger that is not new.
    static func run(
        on connection: PostgreSQLConnection, makesTables: Bool = true, steps: [String] = steps,
        upgrading: (LedgerUpgrade) -> Void = { _ in }
    ) throws {
        try refuseOtherEncodings(connection)
        let end = ContinuousClock.now + .milliseconds(patience.milliseconds)
        var version = 0
        var isNew = false
        repeat {
            try connection.execute(
                "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE;"
                    + " SET LOCAL statement_timeout = \(patience.milliseconds);"
                    + " SELECT pg_advisory_xact_lock(\(lock));"
                    + " SET LOCAL lock_timeout = \(turn.milliseconds)")
            do {
                version = try step(on: connection, makesTables: makesTables, steps: steps) { step in
                    isNew = isNew || step.step == 1
                    if !isNew { upgrading(step) }
                }
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
        on connection: PostgreSQLConnection, makesTables: Bool, steps: [String],
        upgrading: (LedgerUpgrade) -> Void
    ) throws -> Int {
        let isOurs = try connection.integer(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_version'"
        )
        if isOurs == 0 {
            try refuseForeign(connection)
            guard makesTables else {
                throw LedgerError.failed(
                    reason:
                        "there is no ledger in that database: use the right one, or create it with `jeton serve` "
                        + "or `jeton user add --create-ledger`")
            }
            try connection.execute(
                "CREATE TABLE schema_version (version BIGINT NOT NULL); INSERT INTO schema_version VALUES (0)"
            )
        }
        let version = Int(try connection.integer("SELECT version FROM schema_version") ?? 0)
        guard version <= steps.count else { throw LedgerError.tooNew(version: version, known: steps.count) }
        guard version < steps.count else { return version }
        upgrading(LedgerUpgrade(step: version + 1, steps: steps.count))
        try connection.execute(steps[version])
        if steps[version] == Refolding.step { try Refolding.run(on: connection) }
        try UsePlaces.run(after: steps[version], on: connection)
        try connection.execute("UPDATE schema_version SET version = \(version + 1)")
        return version + 1
    }

    /// Names are in all scripts. Any other encoding fails at the first letter that it lacks, and `SQL_ASCII`
    /// checks nothing.
    private static func refuseOtherEncodings(_ connection: PostgreSQLConnection) throws {
        let (kept, sent) = (connection.serverEncoding, connection.clientEncoding)
        guard kept == "UTF8" else {
            throw LedgerError.failed(
                reason:
                    "the database's encoding is \(kept), but must be UTF8: create one with CREATE DATABASE name "
                    + "ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0")
        }
        guard sent == "UTF8" else {
            throw LedgerError.failed(
                reason:
                    "the connection's client_encoding is \(sent), but must be UTF8: configure the pooler not to change it"
            )
        }
    }

    private static func refuseForeign(_ connection: PostgreSQLConnection) throws {
        let theirs = try connection.integer(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
        guard theirs == 0 else {
            throw LedgerError.failed(
                reason:
                    "the database contains tables of another program: create one for Jeton (CREATE DATABASE)"
            )
        }
    }
}
