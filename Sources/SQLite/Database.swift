internal import CSQLite
public import SQL

/// One connection to a database file. It belongs to one queue or thread at a time.
///
///     let database = try Database(path: "jeton.db", creates: true)
///     try database.execute("CREATE TABLE IF NOT EXISTS pages (title TEXT)")
///     try database.statement("INSERT INTO pages VALUES (?)").run("Home")
public final class Database: SQLDatabase {
    public var dialect: SQLDialect { .sqlite }

    let handle: OpaquePointer
    private let busyTimeout: Int32
    private var kept: StatementCache<Statement>

    /// Opens the file at `path`, and creates it with mode 0600 where `creates` is set and there is none.
    ///
    /// Waits up to `busyTimeout` milliseconds for locks. With `isReadOnly` no statement can change the file.
    /// SQLite gives the `-wal` and `-shm` files the mode of the database
    /// (https://www.sqlite.org/tempfiles.html), hence 0600. `statements` is the most that are kept prepared.
    /// - Throws: ``FileError`` or ``SQLiteError``.
    public init(
        path: String, creates: Bool = false, isReadOnly: Bool = false, busyTimeout: Int32 = 10_000,
        statements: Int = StatementCache<Statement>.usual
    ) throws {
        kept = StatementCache(limit: statements)
        if creates, try !PrivateFile.create(path) {
            try PrivateFile.restrict(path)
        }
        handle = try Self.open(path, isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE)
        self.busyTimeout = busyTimeout
        sqlite3_busy_timeout(handle, busyTimeout)
    }

    /// Opens the file at `path` without its write-ahead log, read-only.
    ///
    /// It takes no lock and writes nothing (https://www.sqlite.org/uri.html#uriimmutable), so it does not
    /// disturb others who have the file open under any name. The content may be old, or inconsistent where
    /// somebody writes at that moment: use it only for hints that are verified.
    /// - Throws: ``SQLiteError``.
    public init(snapshotOf path: String) throws {
        var uri = Array("file:".utf8)
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "%"): uri += "%25".utf8
            case UInt8(ascii: "?"): uri += "%3F".utf8
            case UInt8(ascii: "#"): uri += "%23".utf8
            default: uri.append(byte)
            }
        }
        uri += "?immutable=1".utf8
        kept = StatementCache()
        handle = try Self.open(
            String(decoding: uri, as: UTF8.self), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
        busyTimeout = 0
    }

    /// Set up once, before the first connection.
    private static let configured = jeton_count_no_memory() == SQLITE_OK

    private static func open(_ name: String, _ flags: Int32) throws(SQLiteError) -> OpaquePointer {
        var opened: OpaquePointer?
        _ = configured
        // Only one thread at a time uses a connection, so it needs no mutex
        // (https://www.sqlite.org/threadsafe.html).
        let status = sqlite3_open_v2(name, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard status == SQLITE_OK, let opened else {
            // A handle exists even where opening failed, and must be closed
            // (https://www.sqlite.org/c3ref/open.html).
            defer { sqlite3_close_v2(opened) }
            throw SQLiteError(code: status, handle: opened)
        }
        return opened
    }

    deinit {
        // A statement that somebody still holds keeps the connection open until it is finalized
        // (https://www.sqlite.org/c3ref/close.html).
        kept.removeAll()
        sqlite3_close_v2(handle)
    }

    /// Runs one or more statements without parameters and results.
    public func execute(_ sql: String) throws(SQLiteError) {
        try check(sqlite3_exec(handle, sql, nil, nil, nil))
    }

    /// Prepares a statement, and keeps it with the connection until many others were used after it. It works for as
    /// long as somebody holds it.
    ///
    /// Bind values; never put one into `sql`.
    public func statement(_ sql: String) throws(SQLiteError) -> any SQLStatement {
        if let statement = kept.find(sql) { return statement }
        let statement = try Statement(sql, in: self)
        _ = kept.makeRoom()
        kept.keep(statement, for: sql)
        return statement
    }

    /// The number of statements that are prepared, whether they are kept or somebody holds them.
    public var preparedCount: Int {
        var (count, statement) = (0, sqlite3_next_stmt(handle, nil))
        while let found = statement {
            count += 1
            statement = sqlite3_next_stmt(handle, found)
        }
        return count
    }

    /// Runs a pragma or another query of one number; `nil` where it returns no row.
    public func integer(_ sql: String) throws -> Int64? {
        try Statement(sql, in: self).first { $0.integer(0) }
    }

    /// Runs a pragma or another query of one text; `nil` where it returns no row.
    public func text(_ sql: String) throws -> String? {
        try Statement(sql, in: self).first { $0.text(0) }
    }

    /// Switches the file to a write-ahead log for good (https://www.sqlite.org/wal.html). Returns `false`
    /// where the file system does not support it.
    ///
    /// SQLite reads the file's header before it takes the lock to change it. A connection that holds a lock
    /// and wants a stronger one gets `SQLITE_BUSY` at once, since two that waited would deadlock
    /// (https://www.sqlite.org/c3ref/busy_handler.html). So connections that open a new file at the same
    /// moment have to try again themselves.
    public func usesWriteAheadLog() throws -> Bool {
        let end = ContinuousClock.now + .milliseconds(Int64(busyTimeout))
        while true {
            do {
                return try text("PRAGMA journal_mode = WAL") == "wal"
            } catch let error as SQLiteError where error.kind == .busy && ContinuousClock.now < end {
                sqlite3_sleep(5)
            }
        }
    }

    func check(_ status: Int32) throws(SQLiteError) {
        guard status == SQLITE_OK else { throw SQLiteError(code: status, handle: handle) }
    }
}
