internal import CSQLite

/// An error of SQLite, with its code and message.
public struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The extended result code (<https://www.sqlite.org/rescode.html>).
    public let code: Int32
    public let message: String

    /// Errors that callers handle.
    public enum Kind: Sendable {
        /// Another connection held the lock for longer than the busy timeout.
        case busy
        /// A foreign key refers to a row that does not exist.
        case foreignKey
        case other
    }

    public var kind: Kind {
        if code & 0xFF == SQLITE_BUSY { return .busy }
        // SQLITE_CONSTRAINT | (3 << 8): the macro is an expression, which is not imported.
        return code == SQLITE_CONSTRAINT | 3 << 8 ? .foreignKey : .other
    }

    public var description: String {
        kind == .busy
            ? "another process has kept the database locked for too long (SQLite code \(code))"
            : "\(message) (SQLite code \(code))"
    }

    init(code: Int32, handle: OpaquePointer?) {
        self.code = code
        // Without a connection only the code has a message.
        let text = handle.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
        message = text.map { String(cString: $0) } ?? "unknown error"
    }
}
