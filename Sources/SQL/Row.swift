/// One row, while its statement stands on it.
public struct Row: ~Copyable {
    private let columns: any Columns

    /// The row that `columns` stand on.
    public init(_ columns: any Columns) {
        self.columns = columns
    }

    /// Whether the column is NULL.
    public func isNull(_ column: Int32) -> Bool { columns.isNull(column) }

    /// The column as a number; a truth is 1 or 0.
    public func integer(_ column: Int32) -> Int64 { columns.integer(column) }

    /// The column as text.
    public func text(_ column: Int32) -> String { columns.text(column) }

    /// The column as bytes.
    public func bytes(_ column: Int32) -> [UInt8] { columns.bytes(column) }

    /// The column's text in UTF-8, or its bytes, as they lie there; empty for NULL. Ask for one column after
    /// the other, and for each in one type alone.
    @_lifetime(borrow self)
    public func span(_ column: Int32) -> Span<UInt8> {
        // They stay until the statement moves on, which it does not while the row is lent.
        _overrideLifetime(columns.span(column), borrowing: self)
    }
}

/// Where a database's wrapper keeps the row that it stands on. A column that is NULL is 0 and empty.
public protocol Columns: AnyObject {
    /// Whether the column is NULL.
    func isNull(_ column: Int32) -> Bool
    /// The column as a number.
    func integer(_ column: Int32) -> Int64
    /// The column as text.
    func text(_ column: Int32) -> String
    /// The column as bytes.
    func bytes(_ column: Int32) -> [UInt8]
    /// The column's bytes as they lie there, until the statement moves on.
    @_lifetime(borrow self)
    func span(_ column: Int32) -> Span<UInt8>
}

/// What a statement takes and a row holds, in whichever database.
public enum Value: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
}

/// What can stand for a `?` in a statement; `nil` is NULL.
public protocol Bindable {
    /// The value to bind.
    var bindable: Value { get }
}

extension Int64: Bindable {
    /// An INTEGER.
    public var bindable: Value { .integer(self) }
}

extension Int: Bindable {
    /// An INTEGER.
    public var bindable: Value { .integer(Int64(self)) }
}

extension Bool: Bindable {
    /// An INTEGER, 1 or 0.
    public var bindable: Value { .integer(self ? 1 : 0) }
}

extension String: Bindable {
    /// A TEXT, in UTF-8.
    public var bindable: Value { .text(self) }
}

extension [UInt8]: Bindable {
    /// A BLOB.
    public var bindable: Value { .bytes(self) }
}
