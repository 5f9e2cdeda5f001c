public import Ledger
internal import PostgreSQL
internal import SQL
public import Tokens

/// The ledger for several nodes: a PostgreSQL database that each node reads, writes and follows.
///
/// The rules are those of ``SQLBackedLedger``; ``PostgreSQLWriteExecutor`` makes nodes write one after the other.
public final class PostgreSQLLedger: SQLBackedLedger {
    public let rows: Rows
    let settings: PostgreSQLSettings
    let order: ChangeOrder
    let pool: ConnectionPool
    private let writing: SerialConnection
    let counting: SerialConnection
    let node: FollowingNode

    /// Opens the ledger in a database. Creates its tables where there are none, if `makesTables` is set.
    ///
    /// `namedGroups` are the groups that the configuration names; they are kept first for people in very many
    /// groups. No person may get a login that fits `accountLogins`. `node` is the host and port where this node serves. `upgrading` is called before each
    /// step of an upgrade. `observer` is called with each change that this node makes, when it is durable and before its
    /// caller resumes, and while ``follow(confirm:report:)`` runs with the changes of other nodes. It never
    /// sees an older state of a record after a newer one. It is called under a lock that delays all other
    /// notifications.
    /// - Throws: ``LedgerError/tooNew(version:known:)``, ``LedgerError/failed(reason:)``.
    public init(
        _ settings: PostgreSQLSettings, makesTables: Bool = true, namedGroups: [String] = [],
        accountLogins: LoginPattern = .standard, node: String = "",
        upgrading: (LedgerUpgrade) -> Void = { _ in }, observer: @escaping @Sendable (Change) -> Void
    ) throws(LedgerError) {
        let opened = LedgerError.catching {
            let connection = try settings.connect(within: PostgreSQLMigrations.patience)
            try PostgreSQLMigrations.run(on: connection, makesTables: makesTables, upgrading: upgrading)
            try MigrationTarget.refuseUnfinished(on: connection)
        }
        try opened.get()
        self.settings = settings
        self.node = FollowingNode(name: node)
        order = ChangeOrder(observer: observer)
        pool = ConnectionPool(settings)
        writing = SerialConnection(settings, label: "jeton.ledger.write")
        counting = SerialConnection(settings, label: "jeton.ledger.count")
        rows = Rows(
            reader: pool,
            writing: PostgreSQLWriteExecutor(
                serial: writing, accountLogins: accountLogins, order: order),
            namedGroups: namedGroups)
    }

    /// The number of the latest change that was seen, of any node; `nil` before the first load. Takes no
    /// lock.
    public var followed: Int64? { order.latest }

    /// Always throws ``LedgerError/backupFailed(reason:)``: PostgreSQL has its own tools.
    public func backup(to path: String) async throws(LedgerError) {
        throw .backupFailed(
            reason:
                "the ledger is on PostgreSQL: use pg_dump, or the backup of that server"
        )
    }

    public func close() async {
        await leave()
        await writing.close()
        await counting.close()
        await pool.close()
    }
}
