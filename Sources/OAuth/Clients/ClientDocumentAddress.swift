import Tokens

/// A `client_id` that is the https address of the program's metadata (OAuth Client ID Metadata Document,
/// draft-ietf-oauth-client-id-metadata-document): `https://code.example/oauth/client.json`.
public struct ClientDocumentAddress: Hashable, Sendable {
    /// The address, byte by byte as the client sent it.
    public let text: String
    /// The host, in lower case.
    public let host: String

    static let scheme = "https://"

    /// Reads a `client_id`; `nil` for one that is no such address: it needs a name as its host, no port, no login, and a
    /// path without dot segments, query and fragment.
    public init?(_ id: String) {
        guard id.hasPrefix(Self.scheme), id.utf8.count <= RedirectURI.limit,
            id.utf8.allSatisfy({ $0.isBase62 || "/._~-%+:".utf8.contains($0) })
        else { return nil }
        let rest = id.dropFirst(Self.scheme.utf8.count)
        let host = rest.prefix { $0 != "/" }
        let path = rest[host.endIndex...]
        guard Self.isName(host), path.utf8.count > 1, ServicePath(path) != nil else { return nil }
        text = id
        self.host = String(host)
    }

    /// Whether it is a name with a dot, in lower case, and no address in any spelling.
    private static func isName(_ host: Substring) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count > 1, host.utf8.count <= 253, let last = labels.last else { return false }
        return last.utf8.contains(where: Self.isLetter) && !last.hasPrefix("0x")
            && labels.allSatisfy { label in
                !label.isEmpty && label.utf8.count <= 63 && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy {
                        Self.isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
                    }
            }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
}

/// From which hosts the desk reads a program's metadata.
public enum ClientDocumentPolicy: Hashable, Sendable {
    case off
    /// From these, which the operator trusts to name programs.
    case hosts(Set<String>)
    /// From every host of the public internet.
    case any

    /// Whether metadata may come from that host.
    public func allows(_ host: String) -> Bool {
        switch self {
        case .off: false
        case .hosts(let hosts): hosts.contains(host)
        case .any: true
        }
    }
}
