public import HTTPServer
import JSON
import Tokens

/// Authorization server metadata (RFC 8414), at `/.well-known/oauth-authorization-server`.
public struct ServerMetadata: Sendable {
    private let settings: OAuthSettings
    private let grantTypes: [String]

    /// - Parameter grantTypes: what the token endpoint knows.
    public init(_ settings: OAuthSettings, grantTypes: [String]) {
        self.settings = settings
        self.grantTypes = grantTypes
    }

    public func addRoutes(to router: inout Router) {
        let metadata = json.text + "\n"
        router.on("GET", "/.well-known/oauth-authorization-server") { _ in
            Response(
                .json, metadata,
                headers: ["Cache-Control": "max-age=3600", "Access-Control-Allow-Origin": "*"])
        }
    }

    var json: JSONValue {
        func endpoint(_ path: String) -> JSONValue { .string("\(settings.issuer)/oauth/\(path)") }
        var members: [String: JSONValue] = [
            "issuer": .string(settings.issuer),
            "authorization_endpoint": endpoint("authorize"),
            "token_endpoint": endpoint("token"),
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "introspection_endpoint": endpoint("introspect"),
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "revocation_endpoint": endpoint("revoke"),
            "revocation_endpoint_auth_methods_supported": [
                "none", "client_secret_basic", "client_secret_post",
            ],
            "scopes_supported": .array(scopes.map { .string($0.text) }),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": .array(grantTypes.map { .string($0) }),
            "code_challenge_methods_supported": [.string(CodeProof.method)],
            "authorization_response_iss_parameter_supported": true,
            "service_documentation": .string("\(settings.issuer)/help"),
        ]
        if settings.takesAssertions {
            members["authorization_grant_profiles_supported"] = ["urn:ietf:params:oauth:grant-profile:id-jag"]
        }
        if settings.clients.documents != nil { members["client_id_metadata_document_supported"] = true }
        if settings.clients.registrations != nil { members["registration_endpoint"] = endpoint("register") }
        if settings.allowsDevices { members["device_authorization_endpoint"] = endpoint("device") }
        return .object(members)
    }

    private var scopes: [Scope] {
        settings.services.map(\.name).sorted().flatMap { name in
            [Scope.service(name, nil)] + Access.allCases.map { .service(name, $0) }
        }
    }
}
