import Synchronization
public import Tokens

/// A request with its body, held in memory.
public struct Request: Sendable {
    /// The method as it was sent; methods are case-sensitive.
    public var method: String
    /// The path as it was sent, percent-encoded, from the first `/` to before `?`.
    public var path: String
    /// What stands behind `?`, percent-encoded; `nil` where there is no `?`.
    public var query: String? {
        didSet { parsed = ParsedParts() }
    }
    /// The header fields.
    public var headers: Headers {
        didSet { parsed = ParsedParts() }
    }
    /// The body; empty where there is none.
    public var body: [UInt8] {
        didSet { parsed = ParsedParts() }
    }
    /// Where the connection comes from; `nil` on the local admin socket.
    public var peer: IPAddress?

    private var parsed = ParsedParts()

    /// A request to `target`, a path with an optional query.
    public init(
        _ method: String, _ target: String, headers: Headers = [:], body: [UInt8] = [],
        peer: IPAddress? = .loopback
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

    /// The path and query as they were sent.
    public var target: String { query.map { "\(path)?\($0)" } ?? path }

    /// The query's pairs.
    public var queryItems: FormValues {
        parsed.query { FormValues(encoded: Array((query ?? "").utf8).span) }
    }

    /// The body's pairs, where it is a form's (`application/x-www-form-urlencoded`); empty otherwise.
    public var form: FormValues {
        parsed.form { isForm ? FormValues(encoded: body.span) : FormValues() }
    }

    /// Whether the body is said to be a form's.
    public var isForm: Bool { mediaType == "application/x-www-form-urlencoded" }

    /// The type that the body is said to have (RFC 9110, section 8.3.1), in lower case and without parameters.
    public var mediaType: String? {
        guard let field = headers["content-type"] else { return nil }
        let end = field.utf8.firstIndex(of: UInt8(ascii: ";")) ?? field.endIndex
        let type = field.utf8[..<end]
        // No type that anybody reads here is longer.
        guard type.count <= 200 else { return nil }
        return String(type)?.lowercased()
    }

    /// The value of that cookie (RFC 6265), if it was sent.
    public func cookie(_ name: String) -> String? {
        cookies[name]
    }

    /// The cookies whose names begin with `prefix`, in the order in which they were sent; at most `limit`.
    public func cookies(beginningWith prefix: String, limit: Int) -> [(name: String, value: String)] {
        cookies.beginning(with: prefix, limit: limit)
    }

    private var cookies: CookieValues { parsed.cookies { CookieValues(headers.all("cookie")) } }
}

/// What was read out of a request's parts: once, and only where somebody asks.
private final class ParsedParts: Sendable {
    private struct Parts {
        var query: FormValues?
        var form: FormValues?
        var cookies: CookieValues?
    }

    private let parts = Mutex(Parts())

    func query(_ parse: () -> FormValues) -> FormValues { value(\.query, parse) }
    func form(_ parse: () -> FormValues) -> FormValues { value(\.form, parse) }
    func cookies(_ parse: () -> CookieValues) -> CookieValues { value(\.cookies, parse) }

    private func value<Value: Sendable>(_ part: WritableKeyPath<Parts, Value?>, _ parse: () -> Value) -> Value
    {
        if let known = parts.withLock({ $0[keyPath: part] }) { return known }
        let value = parse()
        parts.withLock { $0[keyPath: part] = value }
        return value
    }
}
