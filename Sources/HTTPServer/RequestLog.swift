import Glibc
public import Tokens

/// Writes one line of JSON for each request.
///
/// A line never holds a query string, a header's value that could be a credential, or what has the
/// form of a token: a path segment that does is written as `(secret)`.
///
/// ```json
/// {"time":"2026-03-01T12:00:00.000Z","method":"GET","path":"/tokens","status":200,"ms":1.204,"bytes":5120,"peer":"127.0.0.1"}
/// ```
public struct RequestLog: Sendable {
    private let proxies: [AddressRange]
    private let format: TokenFormat
    private let grants: Bool
    private let clock: Clock
    private let writer: LogWriter

    /// A log that writes to standard error, or hands each line, without its end, to `sink`.
    ///
    /// - Parameters:
    ///   - clock: what tells a line's time.
    ///   - proxies: the peers whose `X-Forwarded-For` is believed.
    ///   - format: the form of the tokens that must not be written, besides the standard one.
    ///   - grants: whether a grant, a 200 that a handler and no route gives below `/verify`, is a line, too.
    public init(
        clock: Clock, trusting proxies: [AddressRange] = AddressRange.loopback,
        format: TokenFormat = .standard, grants: Bool = true, sink: (@Sendable (String) -> Void)? = nil
    ) {
        self.proxies = proxies
        self.format = format
        self.grants = grants
        self.clock = clock
        writer = LogWriter(sink: sink)
    }

    /// Returns when all lines so far are written.
    public func flush() {
        writer.flush()
    }

    /// Whether an answer to a request for `target` is none that is written.
    func leavesOut(_ outcome: Outcome, target: [UInt8]) -> Bool {
        !grants && outcome.isHandled && outcome.response.status == 200 && target.span.isVerify
    }

    func record(_ head: borrowing RequestHead, _ outcome: Outcome, nanoseconds: Int64) {
        writer.write(line(head, outcome, nanoseconds: nanoseconds))
    }

    /// Writes a line for an answer on a unix socket of another protocol than HTTP.
    func record(_ answer: LocalServer.Answer, at path: String, nanoseconds: Int64) {
        if !grants, answer.reason == nil { return }
        var line = JSONLine()
        line.add("time", clock.now.inMilliseconds)
        line.add("socket", path)
        line.add("ms", microseconds: nanoseconds / 1000)
        line.add("agent", redacted(answer.agent, limit: 200))
        line.add("reason", answer.reason)
        line.add("token", answer.token)
        writer.write(line.finished)
    }

    /// Writes a line for a connection that never came to a request.
    func record(_ fault: String, from peer: IPAddress?) {
        var line = JSONLine()
        line.add("time", clock.now.inMilliseconds)
        line.add("peer", peer?.description ?? "local")
        line.add("error", fault)
        writer.write(line.finished)
    }

    private func line(_ head: borrowing RequestHead, _ outcome: Outcome, nanoseconds: Int64) -> [UInt8] {
        let response = outcome.response
        var line = JSONLine()
        line.add("time", clock.now.inMilliseconds)
        line.add("method", redacted(head.method.text, limit: 32))
        line.add("path", path(head.target.text))
        line.add("status", response.status)
        line.add("ms", microseconds: nanoseconds / 1000)
        line.add("bytes", response.body.count)
        line.add("peer", head.peer?.description ?? "local")
        if let client = head.clientAddress(trusting: proxies), client != head.peer {
            line.add("client", client.description)
        }
        addHeaders(of: head, to: &line)
        line.add("reason", response.headers["X-Jeton-Reason"].map { redacted($0, limit: 200) })
        line.add("token", response.headers["X-Jeton-Token"].map { redacted($0, limit: 200) })
        line.add("error", outcome.error.map { redacted($0, limit: 1000) })
        return line.finished
    }

    /// Adds the client's name, and what a proxy asks about.
    private func addHeaders(of head: borrowing RequestHead, to line: inout JSONLine) {
        var agent: String?
        var original = (method: String?.none, target: String?.none)
        var forwarded = original
        let fields = head.fields
        for index in fields.indices {
            let (name, value) = (fields.name(at: index), fields.value(at: index))
            if name.equals("user-agent") { agent = value.text }
            if name.equals("x-original-method") { original.method = value.text }
            if name.equals("x-original-uri") { original.target = value.text }
            if name.equals("x-forwarded-method") { forwarded.method = value.text }
            if name.equals("x-forwarded-uri") { forwarded.target = value.text }
        }
        line.add("agent", agent.map { redacted($0, limit: 200) })
        guard head.target.isVerify else { return }
        let asked = original.target == nil ? forwarded : original
        if let target = asked.target {
            line.add("original_method", asked.method.map { redacted($0, limit: 32) })
            line.add("original_path", path(target))
        }
    }

    /// The path of a target, without query, fragment, host or userinfo.
    private func path(_ target: String) -> String {
        var path = target.prefix { $0 != "?" && $0 != "#" }
        if let scheme = path.firstRange(of: "://") {
            path = path[scheme.upperBound...].drop { $0 != "/" }
        }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        let shown = segments.map { holdsToken(String($0)) ? "(secret)" : $0 }.joined(separator: "/")
        return redacted(shown, limit: 512)
    }

    private func redacted(_ text: String, limit: Int) -> String {
        holdsToken(text) ? "(secret)" : String(decoding: text.utf8.prefix(limit), as: UTF8.self)
    }

    private func holdsToken(_ text: String) -> Bool {
        // Nothing shorter is one, and most texts are.
        guard text.utf8.count >= min(format.length, TokenFormat.standard.length) else { return false }
        let decoded = text.utf8.contains(UInt8(ascii: "%")) ? percentDecoded(text) : text
        return format.isFound(in: decoded) || TokenFormat.standard.isFound(in: decoded)
    }
}

extension Timestamp {
    /// `2026-03-01T12:00:00.000Z` (RFC 3339).
    fileprivate var inMilliseconds: String {
        let fraction = String(milliseconds - seconds * 1000)
        let zeros = String(repeating: "0", count: 3 - fraction.utf8.count)
        return "\(rfc3339.dropLast()).\(zeros)\(fraction)Z"
    }
}

extension Span<UInt8> {
    /// Whether a target is `/verify` or below it.
    fileprivate var isVerify: Bool {
        guard count >= 7, extracting(0..<7).isExactly("/verify") else { return false }
        return count == 7 || self[7] == UInt8(ascii: "/") || self[7] == UInt8(ascii: "?")
    }
}
