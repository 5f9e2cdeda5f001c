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
        let type = headers["content-type"]?.split(separator: ";").first.map { $0.lowercased() }
        guard type == "application/x-www-form-urlencoded" else { return FormValues(encoded: "") }
        return FormValues(encoded: String(decoding: body, as: UTF8.self))
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

    /// Where the client is: the peer, or the last address in `X-Forwarded-For` that is no trusted proxy.
    public func clientAddress(trusting proxies: [AddressRange]) -> IPAddress? {
        .client(peer: peer, forwardedFor: headers.all("x-forwarded-for"), trusting: proxies)
    }
}

extension IPAddress {
    /// Where the client is: the peer, or where that is a trusted proxy the last address of
    /// `X-Forwarded-For` that is none. What cannot be read is not believed.
    public static func client(
        peer: IPAddress?, forwardedFor: [String], trusting proxies: [AddressRange]
    ) -> IPAddress? {
        guard let peer, proxies.contains(peer) else { return peer }
        for hop in forwardedFor.flatMap({ $0.split(separator: ",") }).reversed() {
            let text = hop.filter { $0 != " " && $0 != "[" && $0 != "]" }
            guard let address = IPAddress(text) else { return peer }
            if !proxies.contains(address) { return address }
        }
        return peer
    }
}

/// The pairs of a form or a query (WHATWG URL, `application/x-www-form-urlencoded`), in order.
public struct FormValues: Sendable {
    private let pairs: [(name: String, value: String)]

    init(encoded: String) {
        pairs = encoded.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decoded(parts[0]), parts.count == 2 ? Self.decoded(parts[1]) : "")
        }
    }

    /// The first value of that name.
    public subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// All values of that name.
    public func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    private static func decoded(_ text: Substring) -> String {
        percentDecoded(text.replacing("+", with: " "))
    }
}

/// `text` with each `%XX` replaced by its byte, read as UTF-8; a `%` without two digits stays.
func percentDecoded(_ text: some StringProtocol) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2, !rest.prefix(2).contains(UInt8(ascii: "+")),
            let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
