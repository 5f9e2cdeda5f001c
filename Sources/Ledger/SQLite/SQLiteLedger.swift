internal import Dispatch
internal import SQLite
internal import Tokens

/// The ledger that is built in: one SQLite file.
///
/// One connection writes and one reads, each on a queue of its own, so that a page that is read never
/// waits for a commit. Writing goes through ``Writer``, which is where durability is.
public final class SQLiteLedger: SQLLedger {
    private let path: String
    private let busyTimeout: Int32
    let writing: Connection
    private let reading: Connection
    /// How its rows are reached.
    public let rows: Rows
    /// Those who read the whole, by connections of their own.
    private let whole = DispatchGroup()

    /// Opens the ledger at `path`, in a directory that exists, and makes it where there is none.
    ///
    /// `namedGroups` are those that the configuration names: they are kept of people in very many groups.
    /// `observer` learns of each change after it lasts and before its caller does, in the order of the
    /// commits. It is called on the ledger's own queue: all writing waits for it.
    /// - Throws: ``LedgerError/tooNew(version:known:)``, ``LedgerError/failed(reason:)``.
    public convenience init(
        path: String, namedGroups: [String] = [], observer: @escaping @Sendable (Change) -> Void
    ) throws(LedgerError) {
        try self.init(path: path, busyTimeout: 10_000, namedGroups: namedGroups, observer: observer)
    }

    /// As above, with how many milliseconds to wait for another process.
    init(
        path: String, busyTimeout: Int32, namedGroups: [String] = [],
        observer: @escaping @Sendable (Change) -> Void
    ) throws(LedgerError) {
        let opened = LedgerError.catching {
            let writing = try Self.open(path, creates: true, busyTimeout: busyTimeout)
            try Migrations.run(on: writing)
            let reading = try Self.open(path, creates: false, busyTimeout: busyTimeout)
            try reading.execute("PRAGMA query_only = ON")
            return (
                Connection(writing, label: "jeton.ledger.write"),
                Connection(reading, label: "jeton.ledger.read")
            )
        }
        (writing, reading) = try opened.get()
        rows = Rows(
            reader: reading, writing: SQLiteWriteExecutor(connection: writing, observer: observer),
            namedGroups: namedGroups)
        self.path = path
        self.busyTimeout = busyTimeout
    }

    private static func open(_ path: String, creates: Bool, busyTimeout: Int32) throws -> Database {
        let database = try Database(path: path, creates: creates, busyTimeout: busyTimeout)
        // FULL waits for the disk at every commit, which WAL alone would not: what is acknowledged
        // survives a pulled plug (https://www.sqlite.org/pragma.html#pragma_synchronous).
        // secure_delete overwrites what is removed; the schema in a file that somebody else could have
        // written is not trusted with functions (https://www.sqlite.org/security.html).
        try database.execute(
            """
            PRAGMA synchronous = FULL;
            PRAGMA foreign_keys = ON;
            PRAGMA trusted_schema = OFF;
            PRAGMA cell_size_check = ON;
            PRAGMA temp_store = MEMORY;
            """)
        _ = try database.integer("PRAGMA secure_delete = ON")
        guard try database.usesWriteAheadLog() else {
            throw LedgerError.failed(reason: "\(path): write-ahead logging does not work on this file system")
        }
        return database
    }

    public func backup(to path: String) async throws(LedgerError) {
        let result = await readWhole { try $0.backup(to: path, finish: Self.forgetSocket) }
        do {
            try result.get()
        } catch {
            let reason = if case .failed(let reason) = error { reason } else { "\(error)" }
            throw .backupFailed(reason: reason)
        }
    }

    /// Runs `body` with a connection of its own, so that nobody waits for it. It has a queue of its own, too: a
    /// concurrent one would run on the threads of Swift's concurrency, of which one processor has one.
    func readWhole(_ body: @escaping @Sendable (Database) throws -> Void) async -> Result<Void, LedgerError> {
        let (path, busyTimeout) = (path, busyTimeout)
        return await withCheckedContinuation { continuation in
            DispatchQueue(label: "jeton.ledger.whole").async(group: whole) {
                let result = LedgerError.catching {
                    try body(Self.open(path, creates: false, busyTimeout: busyTimeout))
                }
                continuation.resume(returning: result)
            }
        }
    }

    public func close() async {
        await withCheckedContinuation { continuation in
            whole.notify(queue: DispatchQueue(label: "jeton.ledger.close")) { continuation.resume() }
        }
        await writing.close()
        await reading.close()
    }
}
