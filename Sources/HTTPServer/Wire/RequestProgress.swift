import CMicroHTTPD
import Glibc
import Tokens

/// The state of a connection's current request.
struct RequestProgress {
    /// What libmicrohttpd's next call is for.
    enum Step {
        case head, body, answer
    }

    var step = Step.head
    /// The request target as sent; the buffer is reused for the next request.
    var target: [UInt8] = []
    var body: [UInt8] = []
    /// The bytes of the body that were read, kept or not.
    var bodyCount = 0
    /// The most bytes of the body.
    var bodyLimit = 0
    /// Whether a route reads the body.
    var keepsBody = false
    /// Whether the ``MemoryBudget`` was exhausted.
    var isCrowded = false
    /// The bytes reserved in the ``MemoryBudget``.
    var held = 0
    var isChunked = false
    /// Whether the request was read to its end.
    var isRead = false
    /// When the head was complete, as ``MonotonicTime``.
    var began: Int64 = 0

    /// Prepares for the next request.
    mutating func reset() {
        step = .head
        body = []
        bodyCount = 0
        isChunked = false
        isCrowded = false
    }
}

extension RequestProgress {
    /// Converts the target from absolute form to origin form, a path with an optional query (RFC 9112, section 3.2).
    /// Returns `false` for the other forms and for control characters.
    mutating func makeOriginForm() -> Bool {
        guard target.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return false }
        if target.first == UInt8(ascii: "/") { return true }
        let absolute = target
        guard let behind = absolute.span.behindAuthority() else { return false }
        // An empty path means the root.
        let path = behind.copied
        target = path.first == UInt8(ascii: "/") ? path : [UInt8(ascii: "/")] + path
        return true
    }
}

/// The arguments of one call of libmicrohttpd's access handler.
struct AccessCall {
    let handle: OpaquePointer
    let method: UnsafePointer<CChar>
    let version: UnsafePointer<CChar>
    let upload: UnsafePointer<CChar>?
    /// The number of bytes uploaded; set to the number of bytes not processed.
    let uploadSize: UnsafeMutablePointer<Int>
}

extension AccessCall {
    /// Lends the head of the request. With too many fields it has one more than the limit.
    func withHead<Result>(
        target: [UInt8], peer: Peer, shard: Int, _ body: (borrowing RequestHead) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: jeton_mhd_field.self, capacity: RequestHead.fieldLimit + 1) {
            room in
            let count = jeton_mhd_header_fields(handle, room.baseAddress, room.count)
            let method = UnsafeRawBufferPointer(start: method, count: strlen(method))
            return target.withUnsafeBufferPointer { target in
                method.withMemoryRebound(to: UInt8.self) { method in
                    body(
                        RequestHead(
                            method: method, target: target,
                            fields: UnsafeBufferPointer(rebasing: room[..<count]), peer: peer, shard: shard))
                }
            }
        }
    }
}
