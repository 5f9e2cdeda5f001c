/// A path within a service that a scope is narrowed to: `/team/app.git`.
///
/// It covers itself and everything below, and is held decoded. A path that a proxy and the service behind it
/// could read differently is refused, see ``Swift/Span/readPath(takesSpaces:scopeStart:_:)``.
public struct ServicePath: Hashable, Sendable, CustomStringConvertible {
    /// The decoded path: a slash before each segment, none at the end.
    let bytes: [UInt8]

    /// The most bytes of ``text``.
    public static let limit = 500
    /// The expected form, for error messages.
    public static let expected =
        "a plain path such as /team/app.git: no “..”, no “//”, and none of \\ ; ? # *"

    /// Reads a path as in a URL or as a person types it, with or without a trailing slash; `nil` for what is
    /// not ``expected``.
    public init?(_ text: some StringProtocol) {
        let typed = Array(text.utf8)
        guard let bytes = Self.decoded(typed.span), !bytes.contains(UInt8(ascii: "*")) else { return nil }
        self.init(bytes)
    }

    private init?(_ bytes: [UInt8]) {
        self.bytes = bytes
        guard !bytes.isEmpty, text.utf8.count <= Self.limit else { return nil }
    }

    /// The decoded path without a trailing slash; `nil` where it is ambiguous.
    static func decoded(_ path: Span<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        guard path.readPath(takesSpaces: true, { bytes.append($0) }) else { return nil }
        if bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        return bytes
    }

    /// The path as in scopes and URLs: percent-encoded except for characters without a meaning in a shell, in
    /// XML and in RFC 6749's list of scopes.
    public var text: String { bytes.percentEncoded { $0.isUnreserved || $0.isOneOf("/+@:") } }

    public var description: String { text }
}

/// Compares a path byte by byte with a service's base and a path below it.
struct PathComparison {
    private let base: [UInt8]
    private let path: [UInt8]
    private var place = 0
    private var fits = true

    init(base: [UInt8], path: [UInt8]) {
        self.base = base
        self.path = path
    }

    private var total: Int { base.count + path.count }

    /// Whether the bytes so far are that path, or below it at a slash.
    var isBelow: Bool { fits && place >= total }

    /// Whether the bytes so far are exactly that path.
    var isSame: Bool { fits && place == total }

    mutating func take(_ byte: UInt8) {
        if place < base.count {
            fits = fits && byte == base[place]
        } else if place < total {
            fits = fits && byte == path[place - base.count]
        } else if place == total {
            fits = fits && byte == UInt8(ascii: "/")
        }
        place += 1
    }
}
