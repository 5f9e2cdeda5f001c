public import Sodium

/// A service's name: 1 to 40 of `a-z`, `0-9` and `-`, a letter first. `jeton` is the desk itself.
public struct ServiceName: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String

    /// The desk's own name in scopes, reserved.
    public static let desk = "jeton"
    /// The most characters a name has.
    public static let limit = 40

    /// Throws what is wrong with `text` as a name.
    public init(_ text: String) throws(TextFault) {
        guard let first = text.utf8.first else { throw .empty }
        guard text.utf8.count <= Self.limit else { throw .tooLong(limit: Self.limit) }
        for character in text {
            guard let byte = character.asciiValue, byte.isLowercaseLetter || byte.isDigit || character == "-"
            else { throw .badCharacter(character, allowed: "a-z, 0-9 and -") }
        }
        guard first.isLowercaseLetter else {
            throw .badCharacter(text.first ?? "-", allowed: "a letter first, then a-z, 0-9 and -")
        }
        guard text != Self.desk else { throw .reserved(text) }
        self.text = text
    }

    public var description: String { text }

    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// Where clients reach a service: `https://maven.example.com/repository/`.
///
/// People paste it into shells and XML, so it has no character that is special there.
public struct ServiceURL: Hashable, Sendable, CustomStringConvertible {
    /// `http` or `https`.
    public let scheme: String
    /// The host, with the port where one was given.
    public let host: String
    /// The path, from its first `/`.
    public let path: String

    /// Reads an address of http or https without userinfo, query or fragment; `nil` for anything else.
    public init?(_ text: String) {
        guard text.utf8.count <= 500, let mark = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<mark.lowerBound].lowercased()
        let rest = text[mark.upperBound...]
        let host = rest.prefix { $0 != "/" }
        let path = rest[host.endIndex...]
        guard scheme == "http" || scheme == "https", !host.isEmpty,
            host.utf8.allSatisfy({ $0.isBase62 || ".-:[]".utf8.contains($0) }),
            path.utf8.allSatisfy({ $0.isBase62 || "/._~-%+@:".utf8.contains($0) })
        else { return nil }
        self.scheme = scheme
        self.host = host.lowercased()
        self.path = path.isEmpty ? "/" : String(path)
    }

    /// The host alone, as `.netrc` names a machine.
    public var hostWithoutPort: String {
        guard let colon = host.lastIndex(of: ":"), host.last != "]" else { return host }
        return String(host[..<colon])
    }

    /// The address without a trailing slash, for a path to follow.
    public var withoutLastSlash: String { description.withoutLastSlash }

    public var description: String { "\(scheme)://\(host)\(path)" }
}

/// The secret by which a service authenticates when it calls Jeton. Only its SHA-256 is kept.
public struct ServiceSecret: Hashable, Sendable {
    private let digest: [UInt8]

    /// The fewest bytes. Nobody types the secret, so it can be long and random.
    public static let leastLength = 16

    /// Returns `nil` where `text` is too short.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= Self.leastLength else { return nil }
        digest = SHA256Digest(of: bytes.span).bytes
    }

    /// Whether `text` is this secret, compared in constant time.
    public func matches(_ text: String) -> Bool {
        Sodium.equal(digest, SHA256Digest(of: text).bytes)
    }
}

extension ServiceSecret: Redacted {}
