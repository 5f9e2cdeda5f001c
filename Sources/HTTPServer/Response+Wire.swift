import CMicroHTTPD

extension Response {
    /// Queues the answer; `closing` says so to the client and closes the connection behind it.
    /// Returns what the access handler is to return.
    func queue(on handle: OpaquePointer, closing: Bool) -> MHD_Result {
        guard let response = makeWire() else { return .NO }
        defer { MHD_destroy_response(response) }
        if closing { MHD_add_response_header(response, "Connection", "close") }
        return MHD_queue_response(handle, UInt32(statusOnWire), response)
    }

    private var statusOnWire: Int { (200...599).contains(status) ? status : 500 }

    private func makeWire() -> OpaquePointer? {
        // These have no body (RFC 9110, sections 15.3.5 and 15.4.5).
        let content = status == 204 || status == 304 ? [] : body
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
