/// A connection to a database that speaks SQL, whichever. It belongs to one queue or thread at a time.
public protocol SQLDatabase: AnyObject {
    /// Which SQL it speaks where that differs.
    var dialect: SQLDialect { get }
    /// The statement of that text, prepared once and kept for as long as the connection is. Values stand
    /// in it as `?`, or as `?1`, `?2` where one is needed twice.
    ///
    /// Never put a value into `sql`: bind it.
    func statement(_ sql: String) throws -> any SQLStatement
}

/// The few words of SQL that no two databases agree upon.
public enum SQLDialect: Sendable {
    case sqlite, postgresql

    /// The condition that `text` stands somewhere in `column`; no character of it is a wildcard.
    public func holds(_ text: String, in column: String) -> String {
        switch self {
        case .sqlite: "instr(\(column), \(text)) > 0"
        case .postgresql: "strpos(\(column), \(text)) > 0"
        }
    }
}
