/// What the gate guards: a Maven repository, a Git host, an API. The operator names it.
public struct Service: Hashable, Sendable {
    /// How a service tells a read from a write, and what its clients ask for first.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// By the method alone.
        case http
        /// By the method, and by what Git's smart HTTP protocol asks for.
        case git
        /// By the method. So are the following; each lets a narrowed token read what its clients ask for first.
        case docker
        case cargo
        case npm
        case maven
        case pypi
    }

    /// The name in scopes and in `/verify/NAME`.
    public let name: ServiceName
    /// What people read.
    public let title: String
    /// What a challenge asks clients a token for: the title, unless the operator says otherwise.
    public let realm: String
    /// How it tells a read from a write, and what its clients ask for first.
    public let kind: Kind
    /// Where clients reach it, for the lines that people paste; `nil` where the operator did not say.
    public let url: ServiceURL?
    /// The groups whose members may hold tokens for it; empty for everybody.
    public let groups: [String]
    /// The groups that it is told of, where the owner is in them; `nil` for all.
    public let tellGroups: [String]?
    /// What a scope may be narrowed to; empty where it may not be.
    public let paths: [PathPattern]
    /// Whether it takes its people's passwords, too.
    public let passwords: PasswordPolicy
    /// Whether who presents nothing may read.
    public let allowsAnonymousReads: Bool
    /// The decoded path of ``url``, at which the paths of scopes begin; `nil` where that cannot be told,
    /// so that no narrowed scope covers anything.
    let base: [UInt8]?
    /// The paths of ``Kind/firstReads``.
    let firstReads: [[UInt8]]

    /// A service of that name; the title is the name where none is given, and the realm the title.
    public init(
        name: ServiceName, title: String? = nil, realm: String? = nil, kind: Kind = .http,
        url: ServiceURL? = nil, groups: [String] = [], tellGroups: [String]? = nil, paths: [PathPattern] = [],
        passwords: PasswordPolicy = .refused, allowsAnonymousReads: Bool = false
    ) {
        self.name = name
        self.title = title ?? name.text
        self.realm = realm ?? self.title
        self.kind = kind
        self.url = url
        self.groups = groups
        self.tellGroups = tellGroups
        self.paths = paths
        self.passwords = passwords
        self.allowsAnonymousReads = allowsAnonymousReads
        base = url.map { ServicePath.decoded(Array($0.path.utf8).span) } ?? []
        firstReads = kind.firstReads.map { Array($0.utf8) }
    }

    /// Whether a scope can be narrowed at all: the path of ``url`` is one that can be told.
    public var hasPlainBase: Bool { base != nil }

    /// Whether `subject` may hold tokens for it.
    public func admits(_ subject: Subject) -> Bool {
        groups.isEmpty || groups.sharesAny(of: subject.groups)
    }

    /// Whether `request` may pass that presents nothing: it reads, and a proxy told so. Where no target is told
    /// the question's own GET says nothing of the client's request.
    func allowsAnonymously(_ request: borrowing ServiceRequest) -> Bool {
        allowsAnonymousReads && request.access == .read && request.everyTarget { !$0.isEmpty }
    }

    /// The groups of `subject` that it is told of, in their own order. Whom it admits is decided by all.
    public func groupsTold(of subject: Subject) -> [String] {
        guard let tellGroups else { return subject.groups }
        return subject.groups.filter { group in
            tellGroups.contains { $0.utf8.elementsEqual(group.utf8) }
        }
    }
}

/// Where clients reach a service: `https://maven.example.com/repository/`.
///
/// It is shown in lines that people paste into shells and XML, so it holds nothing that would mean
/// something there.
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

    /// The address without a slash at its end, for a path to follow.
    public var withoutLastSlash: String {
        description.hasSuffix("/") ? String(description.dropLast()) : description
    }

    public var description: String { "\(scheme)://\(host)\(path)" }
}

/// A service's name: 1 to 40 of `a-z`, `0-9` and `-`, a letter first. `jeton` is the desk itself.
public struct ServiceName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name.
    public let text: String

    /// The desk's own name in scopes; no service may have it.
    public static let desk = "jeton"
    /// The most characters a name has.
    public static let limit = 40

    /// Takes `text` where it can name a service, or says what is wrong with it.
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

/// What a request does to a service.
public enum Access: String, Hashable, Sendable, CaseIterable {
    case read
    case write
}
