import CMicroHTTPD
import Tokens

/// A request's header fields, in order, read where they lie.
public struct HeaderFields: ~Escapable {
    private let fields: Span<jeton_mhd_field>

    @_lifetime(copy fields)
    init(_ fields: Span<jeton_mhd_field>) {
        self.fields = fields
    }

    /// The places of the fields.
    public var indices: Range<Int> { fields.indices }

    /// The name of the field at that place, as it was sent.
    @_lifetime(copy self)
    public func name(at index: Int) -> Span<UInt8> {
        _overrideLifetime(fields[index].nameBytes.span, copying: self)
    }

    /// The value of the field at that place, as it was sent.
    @_lifetime(copy self)
    public func value(at index: Int) -> Span<UInt8> {
        _overrideLifetime(fields[index].valueBytes.span, copying: self)
    }

    /// The last value of that name, given in lower case.
    @_lifetime(copy self)
    public func last(_ name: StaticString) -> Span<UInt8>? {
        for index in indices.reversed() where self.name(at: index).equals(name) { return value(at: index) }
        return nil
    }
}

extension jeton_mhd_field {
    var nameBytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: name, count: name_size) }
    var valueBytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: value, count: value_size) }
}
