import JSON
import Tokens

/// What a library learns of the endpoints by itself (RFC 8414). Jeton hands out no tokens over OAuth, so
/// the lists of ways to get one are empty rather than left out, where they would mean the usual ones.
struct ServerMetadata {
    private let settings: GateSettings

    init(_ settings: GateSettings) {
        self.settings = settings
    }

    var json: JSONValue {
        [
            "issuer": .string(settings.issuer),
            "introspection_endpoint": .string(settings.issuer + "/oauth/introspect"),
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "revocation_endpoint": .string(settings.issuer + "/oauth/revoke"),
            "revocation_endpoint_auth_methods_supported": [
                "none", "client_secret_basic", "client_secret_post",
            ],
            "scopes_supported": .array(scopes.map { .string($0.text) }),
            "response_types_supported": [],
            "grant_types_supported": [],
        ]
    }

    private var scopes: [Scope] {
        settings.services.map(\.name).sorted().flatMap { name in
            [Scope.service(name, nil)] + Access.allCases.map { .service(name, $0) }
        }
    }
}
