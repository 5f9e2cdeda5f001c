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
public final class RequestLog: Sendable {
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
        writer = sink.map { LogWriter(sink: $0) } ?? .standardError
    }

    /// Returns when all lines so far are written, or after a second in which nobody read them.
    public func flush() {
        writer.flush(within: LogWriter.patience)
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
        line.add("time", clock.now)
        line.add("socket", path)
        line.add("ms", microseconds: nanoseconds / 1000)
        add("agent", answer.agent, to: &line)
        if let reason = answer.reason { line.add("reason", reason) }
        if let token = answer.token { line.add("token", token) }
        writer.write(line.finish())
    }

    /// Writes a line for a connection that never came to a request.
    func record(_ fault: String, from peer: IPAddress?) {
        var line = JSONLine()
        line.add("time", clock.now)
        add(peer: peer, to: &line)
        line.add("error", fault)
        writer.write(line.finish())
    }

    private func line(_ head: borrowing RequestHead, _ outcome: Outcome, nanoseconds: Int64) -> [UInt8] {
        let response = outcome.response
        var line = JSONLine()
        line.add("time", clock.now)
        add("method", head.method, limit: 32, to: &line)
        addPath("path", of: head.target, to: &line)
        line.add("status", response.status)
        line.add("ms", microseconds: nanoseconds / 1000)
        line.add("bytes", response.body.count)
        add(peer: head.peer, to: &line)
        if let client = head.clientAddress(trusting: proxies) {
            if client != head.peer { line.add("client", client) }
        } else if head.peer != nil {
            line.add("client", "unknown")
        }
        addHeaders(of: head, to: &line)
        if let reason = response.headers["X-Jeton-Reason"] { add("reason", reason, to: &line) }
        if let token = response.headers["X-Jeton-Token"] { add("token", token, to: &line) }
        if let error = outcome.error { add("error", error, limit: 1000, to: &line) }
        return line.finish()
    }

    private func add(peer: IPAddress?, to line: inout JSONLine) {
        if let peer { line.add("peer", peer) } else { line.add("peer", "local") }
    }

    /// Adds the client's name, and what a proxy asks about.
    private func addHeaders(of head: borrowing RequestHead, to line: inout JSONLine) {
        var agent: Int?
        var original = (method: Int?.none, target: Int?.none)
        var forwarded = original
        var originalURL: Int?
        let fields = head.fields
        for index in fields.indices {
            let name = fields.name(at: index)
            if name.equals("user-agent") { agent = index }
            if name.equals("x-original-method") { original.method = index }
            if name.equals("x-original-uri") { original.target = index }
            if name.equals("x-original-url") { originalURL = index }
            if name.equals("x-forwarded-method") { forwarded.method = index }
            if name.equals("x-forwarded-uri") { forwarded.target = index }
        }
        if let agent { add("agent", fields.value(at: agent), limit: 200, to: &line) }
        guard head.target.isVerify else { return }
        original.target = original.target ?? originalURL
        let asked = original.target == nil ? forwarded : original
        guard let target = asked.target else { return }
        if let method = asked.method {
            add("original_method", fields.value(at: method), limit: 32, to: &line)
        }
        addPath("original_path", of: fields.value(at: target), to: &line)
    }

    /// Adds the path of a target, without query, fragment, host or userinfo.
    private func addPath(_ key: StaticString, of target: Span<UInt8>, to line: inout JSONLine) {
        let path = target.path
        if holdsToken(path) {
            var shown: [UInt8] = []
            for segment in path.copied.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
                if segment.startIndex > 0 { shown.append(UInt8(ascii: "/")) }
                if holdsToken(segment.span) { shown += "(secret)".utf8 } else { shown += segment }
            }
            add(key, shown.span, limit: 512, to: &line)
        } else {
            line.add(key, path.extracting(first: 512))
        }
    }

    private func add(_ key: StaticString, _ text: String, limit: Int = 200, to line: inout JSONLine) {
        add(key, text.utf8.span, limit: limit, to: &line)
    }

    /// Adds as many bytes, or what stands for a text with a token in it.
    private func add(_ key: StaticString, _ text: Span<UInt8>, limit: Int, to line: inout JSONLine) {
        if holdsToken(text) {
            line.add(key, "(secret)")
        } else {
            line.add(key, text.extracting(first: limit))
        }
    }

    private func holdsToken(_ text: Span<UInt8>) -> Bool {
        // Nothing shorter is one, and most texts are.
        guard text.count >= min(format.length, TokenFormat.standard.length) else { return false }
        if text.firstIndex(of: UInt8(ascii: "%")) != nil {
            let decoded = percentDecoded(text)
            return isFound(in: decoded.utf8.span)
        }
        return isFound(in: text)
    }

    private func isFound(in text: Span<UInt8>) -> Bool {
        format.isFound(in: text) || TokenFormat.standard.isFound(in: text)
    }
}

extension Span<UInt8> {
    /// Whether a target is `/verify` or below it.
    fileprivate var isVerify: Bool {
        guard count >= 7, extracting(0..<7).isExactly("/verify") else { return false }
        return count == 7 || self[7] == UInt8(ascii: "/") || self[7] == UInt8(ascii: "?")
    }

    /// A target's path, without query, fragment, scheme and authority.
    fileprivate var path: Span<UInt8> {
        @_lifetime(copy self) get {
            var end = 0
            while end < count, self[end] != UInt8(ascii: "?"), self[end] != UInt8(ascii: "#") { end += 1 }
            var start = 0
            if let authority = extracting(0..<end).authority {
                start = authority
                while start < end, self[start] != UInt8(ascii: "/") { start += 1 }
            }
            return extracting(start..<end)
        }
    }

    /// Where the authority begins: behind the first `://`, if there is one.
    private var authority: Int? {
        for index in indices.dropLast(2) where self[index] == UInt8(ascii: ":") {
            if self[index + 1] == UInt8(ascii: "/"), self[index + 2] == UInt8(ascii: "/") { return index + 3 }
        }
        return nil
    }
}
