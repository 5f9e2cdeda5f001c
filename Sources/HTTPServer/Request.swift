public import Tokens

/// A request with its body, held in memory.
public struct Request: Sendable {
    /// The method as it was sent; methods are case-sensitive.
    public var method: String
    /// The path as it was sent, percent-encoded, from the first `/` to before `?`.
    public var path: String
    /// What stands behind `?`, percent-encoded; `nil` where there is no `?`.
    public var query: String?
    /// The header fields.
    public var headers: Headers
    /// The body; empty where there is none.
    public var body: [UInt8]
    /// Where the connection comes from; `nil` on the local admin socket.
    public var peer: IPAddress?

    /// A request to `target`, a path with an optional query.
    public init(
        _ method: String, _ target: String, headers: Headers = [:], body: [UInt8] = [],
        peer: IPAddress? = .loopback
    ) {
        self.method = method
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        query = parts.count == 2 ? String(parts[1]) : nil
        self.headers = headers
        self.body = body
        self.peer = peer
    }

    /// The path and query as they were sent.
    public var target: String { query.map { "\(path)?\($0)" } ?? path }

    /// The query's pairs.
    public var queryItems: FormValues { FormValues(encoded: query ?? "") }

    /// The body's pairs, where it is a form's (`application/x-www-form-urlencoded`); empty otherwise.
    public var form: FormValues {
        FormValues(encoded: isForm ? String(decoding: body, as: UTF8.self) : "")
    }

    /// Whether the body is said to be a form's.
    public var isForm: Bool {
        let type = headers["content-type"]?.split(separator: ";").first.map { $0.lowercased() }
        return type == "application/x-www-form-urlencoded"
    }

    /// The value of that cookie (RFC 6265), if it was sent.
    public func cookie(_ name: String) -> String? {
        for header in headers.all("cookie") {
            for pair in header.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2, parts[0].trimmingPrefix(while: { $0 == " " }) == name {
                    return String(parts[1])
                }
            }
        }
        return nil
    }
}
