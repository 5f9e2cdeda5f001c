import HTTPServer
import TestHouse
import Testing

@Suite("GET /.well-known/oauth-authorization-server")
struct ServerMetadataTests {
    @Test("says what there is, and no more")
    func whole() async throws {
        let gate = try GateHouse(try TestHouse())
        let response = await gate.ask("GET", "/.well-known/oauth-authorization-server")
        #expect(
            response
                == Response(
                    .json,
                    """
                    {"grant_types_supported":[],\
                    "introspection_endpoint":"https://tokens.example.com/oauth/introspect",\
                    "introspection_endpoint_auth_methods_supported":\
                    ["client_secret_basic","client_secret_post"],\
                    "issuer":"https://tokens.example.com","response_types_supported":[],\
                    "revocation_endpoint":"https://tokens.example.com/oauth/revoke",\
                    "revocation_endpoint_auth_methods_supported":\
                    ["none","client_secret_basic","client_secret_post"],\
                    "scopes_supported":["git","git:read","git:write","maven","maven:read","maven:write",\
                    "old","old:read","old:write","old-ops","old-ops:read","old-ops:write","open","open:read","open:write",\
                    "ops","ops:read","ops:write"]}

                    """, headers: ["Cache-Control": "max-age=3600"]))
    }
}
