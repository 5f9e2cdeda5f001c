/// A connection to an SQL database. It belongs to one queue or thread at a time.
public protocol SQLDatabase: AnyObject {
    var dialect: SQLDialect { get }
    /// Prepares a statement once and caches it with the connection. Parameters are `?`, or `?1`, `?2` where a
    /// value is needed twice.
    ///
    /// Bind values; never put one into `sql`.
    func statement(_ sql: String) throws -> any SQLStatement
}

/// The SQL that differs between databases.
public enum SQLDialect: Sendable {
    case sqlite, postgresql

    /// The condition that `column` contains `text`, without wildcards.
    public func holds(_ text: String, in column: String) -> String {
        switch self {
        case .sqlite: "instr(\(column), \(text)) > 0"
        case .postgresql: "strpos(\(column), \(text)) > 0"
        }
    }

    /// A table `name` with the elements of `list`, a JSON array of texts, in its column `text`.
    public func elements(of list: String, called name: String) -> String {
        switch self {
        case .sqlite: "(SELECT value AS text FROM json_each(\(list))) AS \(name)"
        case .postgresql:
            "jsonb_array_elements_text(CAST(CAST(\(list) AS TEXT) AS jsonb)) AS \(name) (text)"
        }
    }

    /// The condition that a text contains a character outside ASCII.
    public func holdsMoreThanASCII(_ column: String) -> String {
        switch self {
        case .sqlite: "length(CAST(\(column) AS BLOB)) > length(\(column))"
        case .postgresql: "octet_length(\(column)) > char_length(\(column))"
        }
    }

    /// A table that SQLite reads by that index (<https://www.sqlite.org/lang_indexedby.html>); PostgreSQL chooses by itself.
    public func table(_ name: String, by index: String) -> String {
        self == .sqlite ? "\(name) INDEXED BY \(index)" : name
    }

    /// A table `name` with the elements of `list`, a JSON array of whole numbers, in its column `number`.
    public func numbers(of list: String, called name: String) -> String {
        switch self {
        case .sqlite: "(SELECT value AS number FROM json_each(\(list))) AS \(name)"
        case .postgresql:
            "(SELECT CAST(jsonb_array_elements_text(CAST(CAST(\(list) AS TEXT) AS jsonb)) AS BIGINT) AS number) AS \(name)"
        }
    }

    /// A subquery with the elements of `list`, a JSON array of whole numbers.
    public func numbers(of list: String) -> String {
        switch self {
        case .sqlite: "(SELECT value FROM json_each(\(list)))"
        case .postgresql:
            "(SELECT CAST(jsonb_array_elements_text(CAST(CAST(\(list) AS TEXT) AS jsonb)) AS BIGINT))"
        }
    }

    /// A subquery with the elements of `list`, a JSON array of texts.
    public func elements(of list: String) -> String {
        switch self {
        case .sqlite: "(SELECT value FROM json_each(\(list)))"
        case .postgresql: "(SELECT jsonb_array_elements_text(CAST(CAST(\(list) AS TEXT) AS jsonb)))"
        }
    }
}

/// A prepared statement. Values are bound by position for one run.
public protocol SQLStatement: AnyObject {
    /// Calls `body` for each row until it returns `false`. Returns how many rows were inserted, changed or
    /// deleted; meaningless for statements that only read.
    @discardableResult
    func forEach(_ values: [(any Bindable)?], _ body: (borrowing Row) throws -> Bool) throws -> Int
}

extension SQLStatement {
    /// Runs to the end and returns how many rows were inserted, changed or deleted.
    @discardableResult
    public func run(_ values: (any Bindable)?...) throws -> Int {
        try forEach(values) { _ in true }
    }

    /// Reads the first row; `nil` where there is none.
    public func first<R>(_ values: (any Bindable)?..., read: (borrowing Row) throws -> R) throws -> R? {
        var result: R?
        try forEach(values) { row in
            result = try read(row)
            return false
        }
        return result
    }

    /// Reads every row.
    public func all<R>(_ values: [(any Bindable)?], read: (borrowing Row) throws -> R) throws -> [R] {
        var results: [R] = []
        try forEach(values) { row in
            results.append(try read(row))
            return true
        }
        return results
    }
}
