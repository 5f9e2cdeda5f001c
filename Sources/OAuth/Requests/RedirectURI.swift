import Tokens

/// Where a client may get its codes: one exact address, or one on the person's own machine with any port (RFC 8252,
/// section 7.3).
public struct RedirectURI: Hashable, Sendable {
    /// The address as it was registered.
    public let text: String
    /// The path and query, where the host is the machine's own and the port may be any.
    private let loopback: Loopback?

    private struct Loopback: Hashable {
        let host: String
        /// From the first `/`; empty for none.
        let path: String
    }

    /// The most bytes.
    public static let limit = 500

    /// Reads an address that a client is registered with; `nil` for what no client may have: plain http to another
    /// machine, a fragment, a login, `javascript:` and the like.
    ///
    /// A program's own scheme has to be a domain in reverse, such as `com.example.app:/callback` (RFC 8252, section 7.1).
    public init?(_ text: String) {
        guard text.utf8.count <= Self.limit, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !text.contains("#"), !text.contains("\\"), let colon = text.firstIndex(of: ":")
        else { return nil }
        // In lower case alone: the rest of this type compares bytes.
        let scheme = String(text[..<colon])
        let rest = text[text.index(after: colon)...]
        switch scheme {
        case "https":
            guard let host = Self.host(of: rest), !host.isEmpty else { return nil }
            loopback = nil
        case "http":
            guard let found = Self.loopback(rest) else { return nil }
            loopback = found
        default:
            guard scheme.contains("."), scheme.first?.isLowercase == true,
                scheme.utf8.allSatisfy({ $0.isBase62 || ".-+".utf8.contains($0) }), rest.hasPrefix("/")
            else { return nil }
            loopback = nil
        }
        self.text = text
    }

    /// Whether a client that is registered with this address may get its code at `other`: the same bytes, and on the
    /// machine itself another port.
    public func matches(_ other: String) -> Bool {
        guard let loopback else { return text.isExactly(other) }
        guard other.utf8.count <= Self.limit, other.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !other.contains("#"), !other.contains("\\"), other.hasPrefix("http:"),
            let found = Self.loopback(other.dropFirst(5))
        else { return false }
        return found == loopback
    }

    /// Whether the code goes to the person's own machine.
    public var isLoopback: Bool { loopback != nil }

    /// The scheme and host to which a browser is sent, as a source of a Content Security Policy: `http://127.0.0.1:*` of
    /// loopback addresses, `com.example.app:` of a scheme of its own.
    public var source: String {
        // A policy cannot name an IPv6 address.
        if let loopback { return loopback.host == "[::1]" ? "http:" : "http://\(loopback.host):*" }
        guard text.hasPrefix("https:"), let host = Self.host(of: text.dropFirst(6)) else {
            return String(text.prefix { $0 != ":" }) + ":"
        }
        return "https://\(host)"
    }

    /// The host and port of `//host:port/path`; `nil` where it has a login or is malformed.
    private static func host(of rest: Substring) -> String? {
        guard rest.hasPrefix("//") else { return nil }
        let authority = rest.dropFirst(2).prefix { !"/?".contains($0) }
        guard !authority.contains("@"),
            authority.utf8.allSatisfy({ $0.isBase62 || ".-:[]".utf8.contains($0) })
        else { return nil }
        return authority.lowercased()
    }

    /// `nil` unless the host is one of the machine's own names. `localhost` is one that terraform and others insist on.
    private static func loopback(_ rest: Substring) -> Loopback? {
        guard let authority = host(of: rest) else { return nil }
        let names = ["127.0.0.1", "[::1]", "localhost"]
        guard let name = names.first(where: { authority == $0 || authority.hasPrefix("\($0):") }) else {
            return nil
        }
        let port = authority.dropFirst(name.utf8.count + 1)
        guard authority == name || UInt16(port).map({ $0 > 0 }) == true else { return nil }
        return Loopback(host: name, path: String(rest.dropFirst(2 + authority.utf8.count)))
    }
}
