import Synchronization
public import Tokens

/// A request with its body, held in memory.
public struct Request: Sendable {
    /// The method, which is case-sensitive.
    public var method: String
    /// The path as sent, percent-encoded, without `?` and query.
    public var path: String
    /// The part after `?` as sent, percent-encoded; `nil` without a `?`.
    public var query: String? {
        didSet { parsed = ParsedParts() }
    }
    public var headers: Headers {
        didSet { parsed = ParsedParts() }
    }
    public var body: [UInt8] {
        didSet { parsed = ParsedParts() }
    }
    /// Who is at the other end of the connection.
    public var peer: Peer

    private var parsed = ParsedParts()

    /// A request to `target`, a path with an optional query.
    public init(
        _ method: String, _ target: String, headers: Headers = [:], body: [UInt8] = [],
        peer: Peer = .address(.loopback)
    ) {
        self.method = method
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(target[..<mark])
            query = String(target[target.utf8.index(after: mark)...])
        } else {
            path = target
            query = nil
        }
        self.headers = headers
        self.body = body
        self.peer = peer
    }

    /// The path and query as sent.
    public var target: String { query.map { "\(path)?\($0)" } ?? path }

    public var queryItems: FormValues {
        parsed.query { FormValues(encoded: Array((query ?? "").utf8).span) }
    }

    /// The pairs of a form in the body (`application/x-www-form-urlencoded`), or the fields of one with files; empty for any
    /// other body.
    public var form: FormValues {
        parsed.form {
            if isForm { FormValues(encoded: body.span) } else { FormValues(multipart.fields) }
        }
    }

    /// Whether the media type is that of a form.
    public var isForm: Bool { mediaType == "application/x-www-form-urlencoded" }

    /// The media type of the body (RFC 9110, section 8.3.1), in lower case and without parameters.
    public var mediaType: String? {
        guard let field = headers["content-type"] else { return nil }
        let end = field.utf8.firstIndex(of: UInt8(ascii: ";")) ?? field.endIndex
        let type = field.utf8[..<end]
        // Longer than any type that is used here.
        guard type.count <= 200 else { return nil }
        return String(type)?.lowercased()
    }

    /// The value of a cookie (RFC 6265).
    public func cookie(_ name: String) -> String? {
        cookies[name]
    }

    /// The first `limit` cookies with a prefix, in the order sent.
    public func cookies(beginningWith prefix: String, limit: Int) -> [(name: String, value: String)] {
        cookies.beginning(with: prefix, limit: limit)
    }

    private var cookies: CookieValues { parsed.cookies { CookieValues(headers.all("cookie")) } }
}

/// Caches the parsed query, form and cookies of a request.
private final class ParsedParts: Sendable {
    private struct ParsedValues {
        var query: FormValues?
        var form: FormValues?
        var cookies: CookieValues?
    }

    private let parts = Mutex(ParsedValues())

    func query(_ parse: () -> FormValues) -> FormValues { value(\.query, parse) }
    func form(_ parse: () -> FormValues) -> FormValues { value(\.form, parse) }
    func cookies(_ parse: () -> CookieValues) -> CookieValues { value(\.cookies, parse) }

    private func value<Value: Sendable>(_ part: WritableKeyPath<ParsedValues, Value?>, _ parse: () -> Value)
        -> Value
    {
        if let known = parts.withLock({ $0[keyPath: part] }) { return known }
        let value = parse()
        parts.withLock { $0[keyPath: part] = value }
        return value
    }
}
