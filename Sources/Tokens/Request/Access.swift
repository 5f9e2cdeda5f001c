/// What a request does to a service.
public enum Access: String, Hashable, Sendable, CaseIterable {
    case read
    case write
}

/// What several requests did to a service; empty where that is not known.
public struct AccessSet: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let read = AccessSet(rawValue: 1)
    public static let write = AccessSet(rawValue: 2)

    /// `nil` is an unknown access.
    public init(_ access: Access?) {
        switch access {
        case .read: self = .read
        case .write: self = .write
        case nil: self = []
        }
    }
}

extension Access {
    /// The access that a request needs at a service of this kind. Where it is not certain that the request
    /// only reads, it is ``write``, which asks for the stricter scope.
    ///
    /// - Parameters:
    ///   - method: the original method, as the client sent it.
    ///   - target: the original path and query, percent-encoded as the client sent it.
    public init(method: Span<UInt8>, target: Span<UInt8>, kind: Service.Kind) {
        let isRead =
            switch kind {
            case .git: Self.gitOnlyReads(method, target)
            default: Self.onlyReads(method)
            }
        self = isRead ? .read : .write
    }

    /// Methods are case-sensitive (RFC 9110, section 9.1): `get` is another method than `GET`, and counts as
    /// a write.
    ///
    /// `PROPFIND`, `REPORT` and `SEARCH` are WebDAV's (RFC 4918, RFC 3253, RFC 5323); `QUERY` is a GET with a
    /// body.
    private static func onlyReads(_ method: Span<UInt8>) -> Bool {
        method.isExactly("GET") || method.isExactly("HEAD") || method.isExactly("OPTIONS")
            || method.isExactly("PROPFIND") || method.isExactly("REPORT") || method.isExactly("QUERY")
            || method.isExactly("SEARCH")
    }

    /// Git's smart HTTP protocol (gitprotocol-http): a fetch is a POST that reads, and the refs that
    /// a push asks for are a GET that writes.
    private static func gitOnlyReads(_ method: Span<UInt8>, _ target: Span<UInt8>) -> Bool {
        let mark = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
        let path = target.extracting(0..<mark)
        if method.isExactly("POST") {
            // Compared as sent: no Git client percent-encodes a letter of it.
            return (path.hasSuffix("/git-upload-pack") || path.hasSuffix("/git-upload-archive"))
                && path.readPath { _ in }
        }
        guard onlyReads(method), !path.mayNameReceivePack else { return false }
        return mark == target.count || target.targetQuery.asksOnlyForUploadPack
            || path.isPlainlyNotRefs
    }
}

extension Span where Element == UInt8 {
    fileprivate func hasSuffix(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        return count >= length && extracting(count - length..<count).isExactly(text)
    }

    /// Whether the path is certainly not `…/info/refs`, even where a service decodes it, ignores case, or
    /// accepts a slash at its end.
    fileprivate var isPlainlyNotRefs: Bool {
        var ending: UInt128 = 0
        let isPlain = readPath { byte in ending = ending << 8 | UInt128(byte.lowercased) }
        if ending & 0xFF == UInt128(UInt8(ascii: "/")) { ending >>= 8 }
        return isPlain && ending & Self.refs.mask != Self.refs.bytes
    }

    /// `/info/refs` as a number, and the mask of its bits.
    private static var refs: (bytes: UInt128, mask: UInt128) { (0x2F69_6E66_6F2F_7265_6673, (1 << 80) - 1) }

    /// A GET of it does nothing at a real server, and needs write access all the same.
    fileprivate var mayNameReceivePack: Bool { hasSuffix("/git-receive-pack") }

    /// Whether every `service` parameter is literally `git-upload-pack`, and no other parameter's name could
    /// be decoded to `service`. Git's clients encode neither.
    fileprivate var asksOnlyForUploadPack: Bool {
        everyPair { pair, name in
            (name.isPlainName && !name.equals("service")) || pair.isExactly("service=git-upload-pack")
        }
    }
}
