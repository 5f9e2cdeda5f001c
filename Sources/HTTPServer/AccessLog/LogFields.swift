import Tokens

/// Details of a response for the request log; they are not sent.
///
/// ```swift
/// var response = Response(status: 401, headers: ["X-Jeton-Reason": "revoked"])
/// response.note.reason = "revoked"
/// ```
public struct LogNote: Sendable {
    /// The name of the reason for a denial.
    public var reason: String?
    /// The id of the token that the response is about.
    public var token: String?
    /// Whether the response is a grant, which can be left out by configuration.
    public var isGrant: Bool

    public init(reason: String? = nil, token: String? = nil, isGrant: Bool = false) {
        self.reason = reason
        self.token = token
        self.isGrant = isGrant
    }
}

/// The fields of a log line, to which a handler can add its own. Texts are truncated, and a text that holds a token is
/// written as `(secret)`.
public struct LogFields: ~Copyable {
    var line = JSONLine()
    private let format: TokenFormat

    init(format: TokenFormat) {
        self.format = format
    }

    /// Adds the first `limit` bytes of a text.
    public mutating func add(_ key: StaticString, _ text: Span<UInt8>, limit: Int) {
        if holdsToken(text) {
            line.add(key, "(secret)")
        } else {
            line.add(key, text.extracting(first: limit))
        }
    }

    mutating func add(_ key: StaticString, _ text: String, limit: Int = 200) {
        add(key, text.utf8.span, limit: limit)
    }

    /// Adds the path of a request target, without query, fragment, host and userinfo.
    public mutating func addPath(_ key: StaticString, of target: Span<UInt8>) {
        let path = target.path
        if holdsToken(path) {
            var shown: [UInt8] = []
            for segment in path.copied.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
                if segment.startIndex > 0 { shown.append(UInt8(ascii: "/")) }
                if holdsToken(segment.span) { shown += "(secret)".utf8 } else { shown += segment }
            }
            add(key, shown.span, limit: 512)
        } else {
            line.add(key, path.extracting(first: 512))
        }
    }

    /// Calls `body` with the finished line.
    consuming func finish(_ body: (Span<UInt8>) -> Void) {
        line.finish(body)
    }

    private func holdsToken(_ text: Span<UInt8>) -> Bool {
        // Most texts are shorter than a token.
        guard text.count >= min(format.length, TokenFormat.standard.length) else { return false }
        if text.firstIndex(of: UInt8(ascii: "%")) != nil {
            let decoded = text.percentDecoded()
            return isFound(in: decoded.utf8.span)
        }
        return isFound(in: text)
    }

    private func isFound(in text: Span<UInt8>) -> Bool {
        format.isFound(in: text) || TokenFormat.standard.isFound(in: text)
    }
}

extension Span<UInt8> {
    /// The path of a request target, without scheme, authority, query and fragment.
    fileprivate var path: Span<UInt8> {
        @_lifetime(copy self) get {
            if let target = behindAuthority(ofAnyScheme: true) { return target.beforeQuery }
            return beforeQuery
        }
    }

    private var beforeQuery: Span<UInt8> {
        @_lifetime(copy self) get {
            var end = 0
            while end < count, self[end] != UInt8(ascii: "?"), self[end] != UInt8(ascii: "#") { end += 1 }
            return extracting(0..<end)
        }
    }
}
