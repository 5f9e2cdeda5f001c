import CGnuTLS
import CMicroHTTPD
import Glibc

/// A connection's memory holds the request's head and the answer's. Where both are large libmicrohttpd would close
/// without an answer. A proxy takes that for a server that fails, and may leave it out for everybody. So what
/// does not fit is sent without libmicrohttpd, and the connection closed behind it.
extension Daemon {
    /// What libmicrohttpd keeps of a field, rounded up.
    private static let fieldBytes = 64
    /// By how much its buffer may have grown beyond what it holds.
    private static let growth = 2048
    /// The most bytes that are sent in this way. So many always fit a socket's own buffer.
    static let mostAtOnce = 16 * 1024

    /// The most bytes that an answer's head may have beside any request's head that is taken.
    static func roomBesideAnyHead(_ limits: Server.Limits) -> Int {
        let memory = memory(limits)
        return memory - used(of: memory, head: limits.headerBytes, fields: RequestHead.fieldLimit)
    }

    /// What of `memory` a request's head takes: half of it is for reading, whatever was read.
    private static func used(of memory: Int, head: Int, fields: Int) -> Int {
        max(head, memory / 2) + growth + fields * fieldBytes
    }

    /// Whether there is memory for the head of `answer` beside that of what was read.
    func hasRoom(for answer: PreparedResponse, to call: AccessCall) -> Bool {
        // True of nearly every answer, whatever was asked.
        if answer.headSize <= leastRoom { return true }
        let used = Self.used(
            of: memory, head: jeton_mhd_head_size(call.handle), fields: jeton_mhd_field_count(call.handle))
        return used + answer.headSize <= memory
    }

    /// Whether there may be too little memory for a short answer to a head that is too large.
    func leavesNoRoom(_ call: AccessCall) -> Bool {
        jeton_mhd_head_size(call.handle) + jeton_mhd_field_count(call.handle) * Self.fieldBytes + 1024
            > memory
    }

    /// Answers without libmicrohttpd, which then closes the connection. What is too large for that too is a 500.
    func answerAtOnce(_ outcome: Outcome, _ call: AccessCall, _ connection: Connection) -> MHD_Result {
        let isHead = strcmp(call.method, "HEAD") == 0
        var sent = outcome
        var bytes = outcome.response.closingBytes(toHead: isHead)
        if bytes.count > Self.mostAtOnce {
            let answer = Response(
                status: 500, .plain, "the answer is larger than the server can send; send shorter headers\n")
            sent = Outcome(
                response: answer,
                error: "an answer with \(outcome.prepared.headSize) bytes of headers did not fit",
                isHandled: outcome.isHandled)
            bytes = answer.closingBytes(toHead: isHead)
        }
        // Who does not read has no room for it. What they make of it is their affair; the log tells it.
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
