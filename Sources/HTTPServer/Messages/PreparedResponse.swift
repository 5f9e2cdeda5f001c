import CMicroHTTPD
import Glibc

/// A response in libmicrohttpd's form, created once and sent any number of times, from any thread.
///
/// `@unchecked Sendable` is true because libmicrohttpd counts the references to a response under its own lock, and the
/// response never changes.
public class PreparedResponse: @unchecked Sendable {
    final let status: Int
    /// The most bytes of the head, including what libmicrohttpd adds.
    final let headSize: Int
    /// Whether it is a grant: see ``LogNote/isGrant``.
    final let isGrant: Bool
    private final let wire: OpaquePointer?
    private final let original: Response

    public convenience init(_ response: Response) {
        self.init(response, headSize: response.headSize, wire: response.makeWire())
    }

    /// Takes over `wire`, which has more header fields than `response`.
    init(_ response: Response, headSize: Int, wire: OpaquePointer?) {
        original = response
        status = response.status
        self.headSize = headSize
        isGrant = response.note.isGrant
        self.wire = wire
    }

    deinit {
        // libmicrohttpd keeps a queued response alive until it is sent.
        if let wire { MHD_destroy_response(wire) }
    }

    public var response: Response { original }
    /// Itself, if it serves one request alone.
    var block: BlockResponse? { nil }
    final var bodyCount: Int { original.body.count }
    final var note: LogNote { original.note }

    /// Queues the response; `closing` sends `Connection: close` and closes the connection after it. Returns the result
    /// for libmicrohttpd's access handler.
    final func queue(on handle: OpaquePointer, closing: Bool) -> MHD_Result {
        if closing { return queueClosing(on: handle) }
        guard let wire else { return .NO }
        return MHD_queue_response(handle, statusOnWire(status), wire)
    }

    private func queueClosing(on handle: OpaquePointer) -> MHD_Result {
        guard let wire = response.makeWire() else { return .NO }
        defer { MHD_destroy_response(wire) }
        MHD_add_response_header(wire, "Connection", "close")
        return MHD_queue_response(handle, statusOnWire(status), wire)
    }
}

private func statusOnWire(_ status: Int) -> UInt32 { (200...599).contains(status) ? UInt32(status) : 500 }

extension Response {
    /// The body, unless the status has none (RFC 9110, sections 15.3.5 and 15.4.5).
    private var content: [UInt8] { status == 204 || status == 304 ? [] : body }

    fileprivate var headSize: Int {
        // The status line, Date, Connection and Content-Length take some 150 bytes.
        headers.fields.reduce(256) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }

    /// The bytes of the response with `Connection: close`, to be sent without libmicrohttpd; only the head in response
    /// to HEAD.
    func closingBytes(toHead: Bool) -> [UInt8] {
        let code = statusOnWire(status)
        let reason = String(cString: MHD_get_reason_phrase_for(code))
        var head = "HTTP/1.1 \(code) \(reason)\r\nDate: \(Self.date)\r\nConnection: close\r\n"
        if status != 204, status != 304 { head += "Content-Length: \(content.count)\r\n" }
        for field in sentFields { head += "\(field.name): \(field.value)\r\n" }
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
        for field in sentFields { MHD_add_response_header(response, field.name, field.value) }
        return response
    }

    /// The header fields as they are sent: without those of the server, and without those that have no value, which
    /// libmicrohttpd takes none of.
    var sentFields: [Headers.Field] {
        headers.fields.filter { !Self.isOurs($0.name) && !$0.value.isEmpty }.map {
            Headers.Field(name: $0.name, value: Self.onOneLine($0.value))
        }
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
