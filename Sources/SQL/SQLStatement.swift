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
