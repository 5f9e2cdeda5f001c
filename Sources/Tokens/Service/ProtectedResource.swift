/// A service as an OAuth protected resource (RFC 9728): what clients call it, and where its metadata is.
///
/// ```text
/// url in the configuration               identifier                             metadata
/// https://git.example.com/               https://git.example.com                https://git.example.com/.well-known/oauth-protected-resource
/// https://example.com/repository/        https://example.com/repository/        https://example.com/.well-known/oauth-protected-resource/repository/
/// ```
public struct ProtectedResource: Hashable, Sendable {
    /// Where clients reach the service.
    public let url: ServiceURL
    /// The decoded path of ``url``; `nil` where it is ambiguous.
    private let base: [UInt8]?

    /// The path of the metadata of a host, before the path of a resource (RFC 9728, section 3.1).
    public static let wellKnownPath = "/.well-known/oauth-protected-resource"

    public init(_ url: ServiceURL) {
        self.url = url
        base = ServicePath.decoded(Array(url.path.utf8).span)
    }

    /// The resource identifier (RFC 9728, section 1.2): the address, without the slash after a host.
    public var identifier: String { origin + pathOfIdentifier }

    /// The address of the metadata: the well-known path between the host and the path (RFC 9728, section 3.1).
    public var metadataAddress: String { origin + Self.wellKnownPath + pathOfIdentifier }

    /// Scheme and host.
    public var origin: String { "\(url.scheme)://\(url.host)" }

    private var pathOfIdentifier: String { url.path == "/" ? "" : url.path }

    /// The identifier of the part of the service that has this path, as it stood in the address of the metadata:
    /// exactly the address that a client began with (RFC 9728, section 3.3). `nil` where the path is not at the
    /// service, or ambiguous.
    public func identifier(atPath path: String) -> String? {
        covers(path: path) ? origin + (path == "/" ? "" : path) : nil
    }

    /// Whether `text`, as a client writes it in `resource` (RFC 8707), is an address at the service.
    public func covers(_ text: String) -> Bool {
        guard let other = ServiceURL(text) else { return false }
        return other.scheme == url.scheme && other.host == url.host && covers(path: other.path)
    }

    /// The number of bytes of the path, by which the closest of several services at a host is found.
    public var depth: Int { base?.count ?? 0 }

    private func covers(path: String) -> Bool {
        guard let base, path.utf8.count <= ServicePath.limit,
            let decoded = ServicePath.decoded(Array((path.isEmpty ? "/" : path).utf8).span),
            decoded.starts(with: base)
        else { return false }
        return decoded.count == base.count || decoded[base.count] == UInt8(ascii: "/")
    }
}

extension Service {
    /// The service as a protected resource; `nil` where the configuration does not say its address.
    public var resource: ProtectedResource? { url.map(ProtectedResource.init) }
}

extension Collection<Service> {
    /// The service at an address that a client writes in `resource` (RFC 8707): of several at a host, the one with the
    /// longest path. `nil` where none is there.
    public func service(atResource text: String) -> Service? {
        filter { $0.resource?.covers(text) ?? false }
            .max { ($0.resource?.depth ?? 0) < ($1.resource?.depth ?? 0) }
    }
}
