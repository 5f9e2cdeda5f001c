import Glibc
public import Tokens

/// Writes one line of JSON for each request.
///
/// A line never holds a query string, the value of a header that could be a credential, or a token: a path segment
/// that holds one is written as `(secret)`.
///
/// ```json
/// {"time":"2026-03-01T12:00:00.000Z","method":"GET","path":"/tokens","status":200,"ms":1.204,"bytes":5120,"peer":"127.0.0.1"}
/// ```
public final class RequestLog: Sendable {
    private let proxies: [AddressRange]
    private let format: TokenFormat
    private let grants: Bool
    private let clock: Clock
    private let writer: LogWriter

    /// A log that writes to standard error, or passes each line, without its line break, to `sink`.
    ///
    /// - Parameters:
    ///   - proxies: the peers whose `X-Forwarded-For` is trusted.
    ///   - format: the format of tokens to redact, besides the standard one.
    ///   - grants: whether grants are logged: see ``LogNote/isGrant``.
    public init(
        clock: Clock, trusting proxies: [AddressRange] = AddressRange.loopback,
        format: TokenFormat = .standard, grants: Bool = true, sink: (@Sendable (String) -> Void)? = nil
    ) {
        self.proxies = proxies
        self.format = format
        self.grants = grants
        self.clock = clock
        writer = sink.map { LogWriter(sink: $0) } ?? .standardError
    }

    /// Returns when all lines so far are written, or after a second if nobody reads them.
    public func flush() {
        writer.flush(within: LogWriter.patience)
    }

    /// Whether an answer is not logged.
    func leavesOut(_ outcome: ServedResponse) -> Bool {
        !grants && outcome.prepared.isGrant
    }

    /// Logs an answer; `application` adds the fields of its handlers.
    func record(
        _ head: borrowing RequestHead, _ outcome: ServedResponse, by application: Application,
        nanoseconds: Int64
    ) {
        let prepared = outcome.prepared
        var fields = LogFields(format: format)
        fields.line.add("time", clock.now)
        fields.add("method", head.method, limit: 32)
        fields.addPath("path", of: head.target)
        fields.line.add("status", prepared.status)
        fields.line.add("ms", microseconds: nanoseconds / 1000)
        fields.line.add("bytes", prepared.bodyCount)
        fields.add(peer: head.peer)
        if let client = head.clientAddress(trusting: proxies) {
            if client != head.peer.address { fields.line.add("client", client) }
        } else if head.peer != .operator {
            fields.line.add("client", "unknown")
        }
        if let agent = head.fields.last("user-agent") { fields.add("agent", agent, limit: 200) }
        application.describe(head, in: &fields)
        if let block = prepared as? BlockResponse {
            if !block.token.isEmpty { fields.line.add("token", block.token) }
        } else {
            if let reason = prepared.note.reason { fields.add("reason", reason) }
            if let token = prepared.note.token { fields.add("token", token) }
        }
        if let error = outcome.error { fields.add("error", error, limit: 1000) }
        writer.write(fields.line.finish())
    }

    /// Logs an answer of a ``LocalServer``.
    func record(_ answer: LocalServer.Reply, at path: String, nanoseconds: Int64) {
        if !grants, answer.reason == nil { return }
        var fields = LogFields(format: format)
        fields.line.add("time", clock.now)
        fields.line.add("socket", path)
        fields.line.add("ms", microseconds: nanoseconds / 1000)
        fields.add("agent", answer.agent)
        if let reason = answer.reason { fields.line.add("reason", reason) }
        if let token = answer.token { fields.line.add("token", token) }
        writer.write(fields.line.finish())
    }

    /// Logs a connection that ended before its first request.
    func record(_ fault: String, from peer: Peer) {
        var fields = LogFields(format: format)
        fields.line.add("time", clock.now)
        fields.add(peer: peer)
        fields.line.add("error", fault)
        writer.write(fields.line.finish())
    }
}

extension LogFields {
    fileprivate mutating func add(peer: Peer) {
        switch peer {
        case .address(let address): line.add("peer", address)
        case .localProxy: line.add("peer", "socket")
        case .operator: line.add("peer", "local")
        }
    }
}
