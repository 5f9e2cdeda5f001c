public import HTTPServer
import JSON
import Tokens

/// The metadata of every guarded service as an OAuth protected resource (RFC 9728): the proxy of the guarded host
/// passes its well-known address on to the desk.
///
/// ```text
/// GET https://git.example.com/.well-known/oauth-protected-resource
///  ▼  the proxy
/// GET https://tokens.example.com/oauth/protected-resource/git
///                                   { "resource": "https://git.example.com", "authorization_servers": [ … ], … }
/// ```
public struct ProtectedResources: Sendable {
    private let services: [Service]
    private let issuer: String

    /// The path at the desk, before a service's name and the path that was asked about.
    static let path = "/oauth/protected-resource"

    public init(_ settings: OAuthSettings) {
        services = settings.services
        issuer = settings.issuer
    }

    public func addRoutes(to router: inout Router) {
        for pattern in ["{service}", "{service}/**"] {
            router.on("GET", "\(Self.path)/\(pattern)") { (request, name: String) in
                answer(name, at: request.path.afterSegments(3))
            }
        }
    }

    private func answer(_ name: String, at path: String) -> Response {
        guard let metadata = metadata(of: name, at: path) else {
            return Response(
                status: 404, .json, Self.nothing.text + "\n", headers: ["Access-Control-Allow-Origin": "*"])
        }
        return Response(
            .json, metadata.text + "\n",
            headers: ["Cache-Control": "max-age=3600", "Access-Control-Allow-Origin": "*"])
    }

    private static let nothing: JSONValue = [
        "error": "not_found",
        "error_description": .string(
            "no service with an address is known here: check services.NAME.url, and the path that was asked about"
        ),
    ]

    /// The metadata for a path at the host of the service `name` (RFC 9728, section 2). Of several services at that
    /// host, it is that with the longest path. `nil` for an unknown service, for one whose address the configuration
    /// does not say, and for a path that is at none.
    func metadata(of name: String, at path: String) -> JSONValue? {
        guard let named = services.first(where: { $0.name.text == name }), let origin = named.resource?.origin
        else { return nil }
        var found: (service: Service, resource: ProtectedResource)?
        // The named one comes first, and is replaced only by one with a longer path.
        for service in [named] + services where service.resource?.origin == origin {
            guard let resource = service.resource, resource.identifier(atPath: path) != nil else { continue }
            if let other = found, other.resource.depth >= resource.depth { continue }
            found = (service, resource)
        }
        guard let found, let identifier = found.resource.identifier(atPath: path) else { return nil }
        return [
            "resource": .string(identifier),
            "authorization_servers": [.string(issuer)],
            "scopes_supported": .array(
                Access.allCases.map { .string(Scope.service(found.service.name, $0).text) }),
            "bearer_methods_supported": ["header"],
            "resource_name": .string(found.service.title),
            "resource_documentation": .string(issuer + "/help"),
        ]
    }
}

extension String {
    /// What follows the first `count` segments of a path, from its slash on; empty where nothing does.
    fileprivate func afterSegments(_ count: Int) -> String {
        var rest = self[...]
        for _ in 0..<count {
            guard let slash = rest.dropFirst().firstIndex(of: "/") else { return "" }
            rest = rest[slash...]
        }
        return String(rest)
    }
}
