import CMicroHTTPD
import Glibc

/// A response in libmicrohttpd's form, created once and sent any number of times, from any thread.
///
/// `@unchecked Sendable` is true because libmicrohttpd counts the references to a response under its own lock, and the
/// response never changes.
public final class PreparedResponse: @unchecked Sendable {
    public let response: Response
    /// The most bytes of the head, including what libmicrohttpd adds.
    let headSize: Int
    private let wire: OpaquePointer?

    public init(_ response: Response) {
        self.response = response
        headSize = response.headSize
        wire = response.makeWire()
    }

    deinit {
        // libmicrohttpd keeps a queued response alive until it is sent.
        if let wire { MHD_destroy_response(wire) }
    }

    /// Queues the response; `closing` sends `Connection: close` and closes the connection after it. Returns the result
    /// for libmicrohttpd's access handler.
    func queue(on handle: OpaquePointer, closing: Bool) -> MHD_Result {
        if closing { return queueClosing(on: handle) }
        guard let wire else { return .NO }
        return MHD_queue_response(handle, response.statusOnWire, wire)
    }

    private func queueClosing(on handle: OpaquePointer) -> MHD_Result {
        guard let wire = response.makeWire() else { return .NO }
        defer { MHD_destroy_response(wire) }
        MHD_add_response_header(wire, "Connection", "close")
        return MHD_queue_response(handle, response.statusOnWire, wire)
    }
}

extension Response {
    fileprivate var statusOnWire: UInt32 { (200...599).contains(status) ? UInt32(status) : 500 }

    /// The body, unless the status has none (RFC 9110, sections 15.3.5 and 15.4.5).
    private var content: [UInt8] { status == 204 || status == 304 ? [] : body }

    fileprivate var headSize: Int {
        // The status line, Date, Connection and Content-Length take some 150 bytes.
        headers.fields.reduce(256) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }

    /// The bytes of the response with `Connection: close`, to be sent without libmicrohttpd; only the head in response
    /// to HEAD.
    func closingBytes(toHead: Bool) -> [UInt8] {
        let reason = String(cString: MHD_get_reason_phrase_for(statusOnWire))
        var head = "HTTP/1.1 \(statusOnWire) \(reason)\r\nDate: \(Self.date)\r\nConnection: close\r\n"
        if status != 204, status != 304 { head += "Content-Length: \(content.count)\r\n" }
        for field in headers.fields where !Self.isOurs(field.name) && !field.value.isEmpty {
            head += "\(field.name): \(Self.onOneLine(field.value))\r\n"
        }
        return Array("\(head)\r\n".utf8) + (toHead ? [] : content)
    }

    /// The current time (RFC 9110, section 5.6.7).
    private static var date: String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 40) { room in
            guard let first = room.baseAddress else { return "" }
            let count = strftime(first, room.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            return String(decoding: UnsafeRawBufferPointer(start: first, count: count), as: UTF8.self)
        }
    }

    fileprivate func makeWire() -> OpaquePointer? {
        let response = content.withUnsafeBytes { bytes in
            MHD_create_response_from_buffer(
                bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let response else { return nil }
        for field in headers.fields where !Self.isOurs(field.name) {
            MHD_add_response_header(response, field.name, Self.onOneLine(field.value))
        }
        return response
    }

    private static func isOurs(_ name: String) -> Bool {
        switch name.lowercased() {
        case "connection", "content-length", "date", "transfer-encoding": true
        default: false
        }
    }

    /// The value with control characters replaced by spaces, which prevents header injection (RFC 9110, section 5.5).
    private static func onOneLine(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return value }
        return String(decoding: value.utf8.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
    }
}
