import CMicroHTTPD
import Glibc
import Tokens

/// A request on its way through the connection's thread.
struct Exchange {
    /// What libmicrohttpd calls the handler for next.
    enum Phase {
        case head, body, answer
    }

    var phase = Phase.head
    /// The request target as it was sent; the buffer is kept from request to request.
    var target: [UInt8] = []
    var body: [UInt8] = []
    /// How many bytes of body were read, kept or not.
    var bodyCount = 0
    /// The most bytes of body that are taken.
    var bodyLimit = 0
    /// Whether somebody reads the body.
    var keepsBody = false
    /// Whether there was no memory for the body.
    var isCrowded = false
    /// How many bytes of the server's ``MemoryBudget`` are held.
    var held = 0
    /// Whether the body comes in chunks.
    var isChunked = false
    /// When the head was complete, as ``MonotonicTime``.
    var began: Int64 = 0

    /// Makes ready for the next request.
    mutating func reset() {
        phase = .head
        body = []
        bodyCount = 0
        isChunked = false
        isCrowded = false
    }
}

extension Exchange {
    /// Brings the target into origin form (RFC 9112, section 3.2): a path with an optional query.
    /// Returns `false` for any other form than that and `http://host/path`, and for control characters.
    mutating func makeOriginForm() -> Bool {
        guard target.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return false }
        if target.first == UInt8(ascii: "/") { return true }
        let told = target
        guard let behind = told.span.behindAuthority else { return false }
        // A target without a path means the root.
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
    /// How many bytes were uploaded; set to how many were not taken.
    let uploadSize: UnsafeMutablePointer<Int>
}

extension AccessCall {
    /// Lends the head of the request, with one field more than the limit where there are too many.
    func withHead<Result>(
        target: [UInt8], peer: IPAddress?, lane: Int, _ body: (borrowing RequestHead) -> Result
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
                            fields: UnsafeBufferPointer(rebasing: room[..<count]), peer: peer, lane: lane))
                }
            }
        }
    }
}
