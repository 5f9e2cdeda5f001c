import CGnuTLS
import CMicroHTTPD
import Glibc

/// Sends responses that do not fit into a connection's buffer.
///
/// The buffer holds the heads of request and response. When both are large, libmicrohttpd would close the connection
/// without a response; a proxy counts that as a failure of the node and may take it out for everybody. So such a
/// response is sent without libmicrohttpd, and the connection is closed after it.
extension Daemon {
    /// The bytes that libmicrohttpd needs for a field, rounded up.
    private static let fieldBytes = 64
    /// The most bytes by which its buffer exceeds its content.
    private static let growth = 2048
    /// The most bytes that are sent this way; they always fit into a socket's buffer.
    static let mostAtOnce = 16 * 1024

    /// The part of `memory` that a request head takes: at least half, which is reserved for reading.
    private static func used(of memory: Int, head: Int, fields: Int) -> Int {
        max(head, memory / 2) + growth + fields * fieldBytes
    }

    /// Whether the head of `answer` fits beside the request head.
    func hasRoom(for answer: PreparedResponse, beside head: HeadBuffer) -> Bool {
        Self.used(of: memory, head: head.size, fields: head.fieldCount) + answer.headSize <= memory
    }

    /// Whether not even a short refusal may fit beside a request head above the limit.
    func leavesNoRoom(_ head: HeadBuffer) -> Bool {
        head.size + head.fieldCount * Self.fieldBytes + 1024 > memory
    }

    /// Sends a response without libmicrohttpd, which then closes the connection; a 500 if even that is too large.
    func answerAtOnce(_ outcome: ServedResponse, _ call: AccessCall, _ connection: Connection) -> MHD_Result {
        let isHead = strcmp(call.method, "HEAD") == 0
        var sent = outcome
        var bytes = outcome.response.closingBytes(toHead: isHead)
        if bytes.count > Self.mostAtOnce {
            let answer = Response(
                status: 500, .plain, "the answer is larger than the server can send; send shorter headers\n")
            sent = ServedResponse(
                response: answer,
                error: "an answer with \(outcome.prepared.headSize) bytes of headers did not fit",
                isHandled: outcome.isHandled)
            bytes = answer.closingBytes(toHead: isHead)
        }
        // A client that does not read may get a part; the log records it.
        let isSent = send(bytes, over: call, connection) == bytes.count
        note(isSent ? sent : sent.failing("the client did not read the answer"), call, connection)
        return .NO
    }

    private func send(_ bytes: [UInt8], over call: AccessCall, _ connection: Connection) -> Int {
        if let session = jeton_mhd_tls_session(call.handle) {
            return gnutls_record_send(OpaquePointer(session), bytes, bytes.count)
        }
        return Glibc.send(
            connection.socket, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }
}
