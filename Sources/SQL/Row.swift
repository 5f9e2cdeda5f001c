/// One row of a result, valid while its statement is positioned on it.
public struct Row: ~Copyable {
    private let columns: any Columns

    public init(_ columns: any Columns) {
        self.columns = columns
    }

    public func isNull(_ column: Int32) -> Bool { columns.isNull(column) }

    /// The column as a number; true is 1 and false is 0.
    public func integer(_ column: Int32) -> Int64 { columns.integer(column) }

    public func text(_ column: Int32) -> String { columns.text(column) }

    public func bytes(_ column: Int32) -> [UInt8] { columns.bytes(column) }

    /// The column's text in UTF-8, or its bytes, without a copy; empty for NULL. Read one column after the
    /// other, and each with one accessor only.
    @_lifetime(borrow self)
    public func span(_ column: Int32) -> Span<UInt8> {
        // The bytes are valid until the statement moves on, which it does not while the row is borrowed.
        _overrideLifetime(columns.span(column), borrowing: self)
    }
}

/// The current row of a database's own statement. A NULL column is 0 and empty.
public protocol Columns: AnyObject {
    func isNull(_ column: Int32) -> Bool
    func integer(_ column: Int32) -> Int64
    func text(_ column: Int32) -> String
    func bytes(_ column: Int32) -> [UInt8]
    /// The column's bytes without a copy, valid until the statement moves on.
    @_lifetime(borrow self)
    func span(_ column: Int32) -> Span<UInt8>
}

/// A value that a statement takes or a row contains.
public enum Value: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
}

/// A type that can be bound to a `?`; `nil` binds NULL.
public protocol Bindable {
    var bindable: Value { get }
}

extension Int64: Bindable {
    public var bindable: Value { .integer(self) }
}

extension Int: Bindable {
    public var bindable: Value { .integer(Int64(self)) }
}

extension Bool: Bindable {
    /// Bound as 1 or 0.
    public var bindable: Value { .integer(self ? 1 : 0) }
}

extension String: Bindable {
    public var bindable: Value { .text(self) }
}

extension [UInt8]: Bindable {
    public var bindable: Value { .bytes(self) }
}
