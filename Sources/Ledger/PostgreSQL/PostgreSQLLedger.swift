internal import PostgreSQL
internal import SQL
internal import Tokens

/// The ledger of many nodes: a PostgreSQL database that each of them reads, writes and follows.
///
/// The rules are those of every ``SQLLedger``; that no two nodes break one together is ``WritingLine``'s.
public final class PostgreSQLLedger: SQLLedger {
    /// How its rows are reached.
    public let rows: Rows
    let settings: PostgreSQLSettings
    let order: ChangeOrder
    let pool: ConnectionPool
    private let writing: SerialConnection
    let counting: SerialConnection

    /// Opens the ledger in that database, and makes its tables where there are none and `makesTables` says so.
    ///
    /// `namedGroups` are those that the configuration names: they are kept of people in very many groups.
    /// `observer` learns of each change that this node makes after it lasts and before its caller does, and,
    /// where ``follow(confirm:trouble:)`` runs, of those of other nodes; never of an older state of a record
    /// after a newer one. It is called under a lock: all else that is to be told waits for it.
    /// - Throws: ``LedgerError/tooNew(version:known:)``, ``LedgerError/failed(reason:)``.
    public init(
        _ settings: PostgreSQLSettings, makesTables: Bool = true, namedGroups: [String] = [],
        observer: @escaping @Sendable (Change) -> Void
    ) throws(LedgerError) {
        let opened = LedgerError.catching {
            let connection = try settings.connect(within: PostgreSQLMigrations.patience)
            try PostgreSQLMigrations.run(on: connection, makesTables: makesTables)
            try MigrationTarget.refuseUnfinished(on: connection)
        }
        try opened.get()
        self.settings = settings
        order = ChangeOrder(observer: observer)
        pool = ConnectionPool(settings)
        writing = SerialConnection(settings, label: "jeton.ledger.write")
        counting = SerialConnection(settings, label: "jeton.ledger.count")
        rows = Rows(
            reader: pool, writing: PostgreSQLWriteExecutor(line: writing, order: order),
            namedGroups: namedGroups)
    }

    /// The number of the latest change that was taken in, of whichever node; `nil` before the first load.
    /// Waits for nobody.
    public var followed: Int64? { order.latest }

    /// Refused: the tools of PostgreSQL copy its databases.
    /// - Throws: ``LedgerError/backupFailed(reason:)``.
    public func backup(to path: String) async throws(LedgerError) {
        throw .backupFailed(
            reason:
                "the ledger is on PostgreSQL: use pg_dump, or what backs up the other databases of that server"
        )
    }

    /// Finishes what runs and lets go of the connections. Nothing may be called afterwards.
    public func close() async {
        await writing.close()
        await counting.close()
        await pool.close()
    }
}
