internal import CSQLite

/// What SQLite refused, with its code and in its words.
public struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The extended result code (<https://www.sqlite.org/rescode.html>).
    public let code: Int32
    /// What SQLite says of it.
    public let message: String

    /// The kinds of refusal that a caller can act on.
    public enum Kind: Sendable {
        /// Another connection held the lock for longer than the busy timeout.
        case busy
        /// The row that a foreign key points at is not there.
        case foreignKey
        /// Anything else.
        case other
    }

    /// What a caller can make of it.
    public var kind: Kind {
        if code & 0xFF == SQLITE_BUSY { return .busy }
        // SQLITE_CONSTRAINT | (3 << 8); the macro is an expression that the importer leaves out.
        return code == SQLITE_CONSTRAINT | 3 << 8 ? .foreignKey : .other
    }

    /// The message with the code, as a person reads it.
    public var description: String {
        kind == .busy
            ? "another process has kept the database locked for too long (SQLite code \(code))"
            : "\(message) (SQLite code \(code))"
    }

    init(code: Int32, handle: OpaquePointer?) {
        self.code = code
        // Without a connection there is no message of its own, only the code's.
        let text = handle.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
        message = text.map { String(cString: $0) } ?? "unknown error"
    }
}
