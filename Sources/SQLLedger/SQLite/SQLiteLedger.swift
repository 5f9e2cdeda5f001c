internal import Dispatch
public import Ledger
internal import SQLite
public import Tokens

/// The built-in ledger: one SQLite file.
///
/// One connection writes and one reads, each on its own queue, so that reading a page never waits for a
/// commit. Writing goes through ``GroupCommit``.
public final class SQLiteLedger: SQLBackedLedger {
    private let path: String
    private let busyTimeout: Int32
    let writing: SerialDatabase
    private let reading: SerialDatabase
    public let rows: Rows
    /// Readers of the whole ledger, with connections of their own.
    private let whole = DispatchGroup()

    /// Opens the ledger at `path`, and creates it where there is none. The directory must exist.
    ///
    /// `namedGroups` are the groups that the configuration names; they are kept first for people in very many
    /// groups. No person may get a login that fits `accountLogins`. `upgrading` is called before each
    /// step of an upgrade. `observer` is called with each change, when it is durable and before its caller resumes, in
    /// the order of the commits. It is called on the ledger's own queue and delays all writing.
    /// - Throws: ``LedgerError/tooNew(version:known:)``, ``LedgerError/failed(reason:)``.
    public convenience init(
        path: String, namedGroups: [String] = [], accountLogins: LoginPattern = .standard,
        upgrading: (LedgerUpgrade) -> Void = { _ in }, observer: @escaping @Sendable (Change) -> Void
    ) throws(LedgerError) {
        try self.init(
            path: path, busyTimeout: 10_000, namedGroups: namedGroups, accountLogins: accountLogins,
            upgrading: upgrading, observer: observer)
    }

    /// As above, with how many milliseconds to wait for the locks of another process.
    init(
        path: String, busyTimeout: Int32, namedGroups: [String] = [], accountLogins: LoginPattern = .standard,
        upgrading: (LedgerUpgrade) -> Void = { _ in }, observer: @escaping @Sendable (Change) -> Void
    ) throws(LedgerError) {
        let opened = LedgerError.catching {
            let writing = try Self.open(path, creates: true, busyTimeout: busyTimeout)
            try SQLiteMigrations.run(on: writing, upgrading: upgrading)
            let reading = try Self.open(path, creates: false, busyTimeout: busyTimeout)
            try reading.execute("PRAGMA query_only = ON")
            return (
                SerialDatabase(writing, label: "jeton.ledger.write"),
                SerialDatabase(reading, label: "jeton.ledger.read")
            )
        }
        (writing, reading) = try opened.get()
        rows = Rows(
            reader: reading,
            writing: SQLiteWriteExecutor(
                connection: writing, accountLogins: accountLogins, observer: observer),
            namedGroups: namedGroups)
        self.path = path
        self.busyTimeout = busyTimeout
    }

    private static func open(_ path: String, creates: Bool, busyTimeout: Int32) throws -> Database {
        let database = try Database(path: path, creates: creates, busyTimeout: busyTimeout)
        // FULL waits for the disk at every commit, unlike WAL's default, so what is acknowledged survives a
        // power failure (https://www.sqlite.org/pragma.html#pragma_synchronous). secure_delete overwrites
        // removed data. The schema is not trusted with functions, since somebody else may have written the
        // file (https://www.sqlite.org/security.html).
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

    /// Runs `body` on a connection and a queue of its own, so that nobody waits for it. A concurrent queue
    /// would use the threads of Swift concurrency, of which a machine with one processor has one.
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

/// No other node shares a file.
extension SQLiteLedger {
    public var latestChange: Int64 { 0 }

    public func confirmations(of change: Int64) async throws(LedgerError) -> [NodeConfirmation] {
        [NodeConfirmation(node: "", isConfirmed: true, delay: .seconds(0), silence: .seconds(0))]
    }
}
