import CMicroHTTPD
import Tokens

/// A request's head where it lies in libmicrohttpd's buffer. Valid until the request is done.
struct WireHead {
    /// The most header fields that a request may have.
    static let fieldLimit = 200

    let handle: OpaquePointer
    /// The method, ended by NUL.
    let method: UnsafePointer<CChar>
    let target: [UInt8]
    let peer: IPAddress?

    func withMethod<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        let bytes = UnsafeRawBufferPointer(start: method, count: strlen(method))
        return bytes.withMemoryRebound(to: UInt8.self) { body($0.span) }
    }

    func withTarget<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        body(target.span)
    }

    func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Void) {
        withFields { fields in
            for field in fields { body(field.nameBytes.span, field.valueBytes.span) }
        }
    }

    /// The header fields; one more than the limit where there are too many.
    func withFields<Result>(_ body: (UnsafeBufferPointer<jeton_mhd_field>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: jeton_mhd_field.self, capacity: Self.fieldLimit + 1) { room in
            let count = jeton_mhd_header_fields(handle, room.baseAddress, room.count)
            return body(UnsafeBufferPointer(rebasing: room[..<count]))
        }
    }
}

extension jeton_mhd_field {
    var nameBytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: name, count: name_size) }
    var valueBytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: value, count: value_size) }
}
