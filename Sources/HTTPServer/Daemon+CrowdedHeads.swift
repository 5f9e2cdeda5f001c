import CGnuTLS
import CMicroHTTPD
import Glibc

/// Heads that are refused, and that libmicrohttpd has read all the same: they take so much of the connection's
/// memory that none is left for an answer, and it would close without one. A proxy takes that for a server that
/// fails, and may leave it out for everybody.
extension Daemon {
    /// Whether there may be too little memory for an answer to what was just read.
    func leavesNoRoom(_ call: AccessCall) -> Bool {
        // A record for each field, rounded up, and room for a short answer.
        jeton_mhd_head_size(call.handle) + jeton_mhd_field_count(call.handle) * 64 + 1024 > memory
    }

    /// Answers without libmicrohttpd, which then closes the connection.
    func refuseAtOnce(_ refusal: Refusal, _ call: AccessCall, _ connection: Connection) -> MHD_Result {
        let response = refusal.response
        note(Outcome(response: response), call, connection)
        let head = """
            HTTP/1.1 \(response.status) Refused\r
            Connection: close\r
            Content-Type: text/plain; charset=utf-8\r
            Content-Length: \(response.body.count)\r
            \r\n
            """
        let bytes = Array(head.utf8) + response.body
        // So short that it fits the socket's buffer. What a client makes of it who does not read is its affair.
        if let session = jeton_mhd_tls_session(call.handle) {
            _ = gnutls_record_send(OpaquePointer(session), bytes, bytes.count)
        } else {
            _ = send(connection.socket, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
        return .NO
    }
}
