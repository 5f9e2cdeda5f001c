import CMicroHTTPD
import Glibc

/// An answer as libmicrohttpd takes it, made once and given any number of times, by any thread.
///
/// `@unchecked Sendable` is true because libmicrohttpd counts the uses of a response under a lock of its
/// own, and nothing changes one that was made.
public final class PreparedResponse: @unchecked Sendable {
    /// What is answered.
    public let response: Response
    /// How many bytes its head has at most, with what libmicrohttpd adds.
    let headSize: Int
    private let wire: OpaquePointer?

    /// Makes `response` ready.
    public init(_ response: Response) {
        self.response = response
        headSize = response.headSize
        wire = response.makeWire()
    }

    deinit {
        // One that is on its way lives until it is sent.
        if let wire { MHD_destroy_response(wire) }
    }

    /// Queues the answer; `closing` says so to the client and closes the connection behind it.
    /// Returns what the access handler is to return.
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

    /// The body, where the status may have one (RFC 9110, sections 15.3.5 and 15.4.5).
    private var content: [UInt8] { status == 204 || status == 304 ? [] : body }

    fileprivate var headSize: Int {
        // The status line, Date, Connection and Content-Length come to some 150 bytes.
        headers.fields.reduce(256) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }

    /// All bytes of an answer that closes the connection behind it, for where libmicrohttpd does not write it.
    /// To HEAD it is the head alone.
    func closingBytes(toHead: Bool) -> [UInt8] {
        let reason = String(cString: MHD_get_reason_phrase_for(statusOnWire))
        var head = "HTTP/1.1 \(statusOnWire) \(reason)\r\nDate: \(Self.date)\r\nConnection: close\r\n"
        if status != 204, status != 304 { head += "Content-Length: \(content.count)\r\n" }
        for field in headers.fields where !Self.isOurs(field.name) && !field.value.isEmpty {
            head += "\(field.name): \(Self.onOneLine(field.value))\r\n"
        }
        return Array("\(head)\r\n".utf8) + (toHead ? [] : content)
    }

    /// The moment as HTTP writes it (RFC 9110, section 5.6.7).
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

    /// The value with each control character replaced by a space, so that no value can end its line
    /// and begin another (RFC 9110, section 5.5).
    private static func onOneLine(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return value }
        return String(decoding: value.utf8.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
    }
}
