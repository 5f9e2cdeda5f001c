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
