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

/// A prepared statement. Values are bound by position and forgotten after each run.
public protocol SQLStatement: AnyObject {
    /// Hands each row to `body`, one at a time, for as long as that gives `true`. Says how many rows it
    /// inserted, changed or deleted; that is no sentence about statements that only read.
    @discardableResult
    func forEach(_ values: [(any Bindable)?], _ body: (borrowing Row) throws -> Bool) throws -> Int
}

extension SQLStatement {
    /// Runs it to its end and says how many rows it inserted, changed or deleted.
    @discardableResult
    public func run(_ values: (any Bindable)?...) throws -> Int {
        try forEach(values) { _ in true }
    }

    /// What `read` makes of the first row; `nil` where there is none.
    public func first<R>(_ values: (any Bindable)?..., read: (borrowing Row) throws -> R) throws -> R? {
        var result: R?
        try forEach(values) { row in
            result = try read(row)
            return false
        }
        return result
    }

    /// What `read` makes of every row.
    public func all<R>(_ values: [(any Bindable)?], read: (borrowing Row) throws -> R) throws -> [R] {
        var results: [R] = []
        try forEach(values) { row in
            results.append(try read(row))
            return true
        }
        return results
    }
}
