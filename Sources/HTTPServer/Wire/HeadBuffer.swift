import CMicroHTTPD
import Glibc
import Tokens

/// Where the head of a connection's request lies: found once, and lent to whoever reads it.
///
/// The memory is kept for the connection's next request. The fields lie in libmicrohttpd's own buffer, where they stay
/// until the request is completed.
final class HeadBuffer {
    private var target: UnsafeMutableBufferPointer<UInt8>
    private var targetCount = 0
    private var fields: UnsafeMutableBufferPointer<jeton_mhd_field>
    private(set) var fieldCount = 0
    /// The bytes of the request line and the header fields.
    private(set) var size = 0

    init() {
        target = .allocate(capacity: 128)
        fields = .allocate(capacity: 16)
    }

    deinit {
        target.deallocate()
        fields.deallocate()
    }

    /// The request target as sent.
    var targetBytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: target[..<targetCount])
    }

    /// Copies the target, which libmicrohttpd is about to cut up, and forgets the fields of the request before.
    func take(target bytes: UnsafeRawBufferPointer) {
        copy(target: bytes)
        fieldCount = 0
    }

    private func copy(target bytes: UnsafeRawBufferPointer) {
        if bytes.count > target.count {
            target.deallocate()
            target = .allocate(capacity: bytes.count)
        }
        if let source = bytes.baseAddress, let start = target.baseAddress {
            memcpy(start, source, bytes.count)
        }
        targetCount = bytes.count
    }

    /// Finds the header fields. With too many it has one more than the limit.
    func takeFields(of handle: OpaquePointer) {
        size = jeton_mhd_head_size(handle)
        fieldCount = jeton_mhd_header_fields(handle, fields.baseAddress, fields.count)
        guard fieldCount == fields.count, fieldCount <= RequestHead.fieldLimit else { return }
        fields.deallocate()
        fields = .allocate(capacity: RequestHead.fieldLimit + 1)
        fieldCount = jeton_mhd_header_fields(handle, fields.baseAddress, fields.count)
    }

    /// Converts the target from absolute form to origin form, a path with an optional query (RFC 9112, section 3.2).
    /// Returns `false` for the other forms and for control characters.
    func makeOriginForm() -> Bool {
        guard targetBytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return false }
        if targetBytes.first == UInt8(ascii: "/") { return true }
        guard let behind = targetBytes.span.behindAuthority() else { return false }
        // An empty path means the root.
        let path = behind.copied
        let origin = path.first == UInt8(ascii: "/") ? path : [UInt8(ascii: "/")] + path
        origin.withUnsafeBytes { copy(target: $0) }
        return true
    }

    /// Lends the head of the request.
    @inline(__always)
    func lend<Result>(
        _ call: AccessCall, to connection: Connection, _ body: (borrowing RequestHead) -> Result
    ) -> Result {
        let method = UnsafeRawBufferPointer(start: call.method, count: strlen(call.method))
        return method.withMemoryRebound(to: UInt8.self) { method in
            body(
                RequestHead(
                    method: method, target: targetBytes,
                    fields: UnsafeBufferPointer(rebasing: fields[..<fieldCount]), peer: connection.peer,
                    shard: connection.shard, blocks: connection.blocks))
        }
    }
}
