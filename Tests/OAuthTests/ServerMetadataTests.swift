import HTTPServer
import JSON
import TestHouse
import Testing

@testable import OAuth

@Suite("GET /.well-known/oauth-authorization-server")
struct ServerMetadataTests {
    @Test("says what there is, and no more")
    func whole() async throws {
        let oauth = try await OAuthHouse()
        var router = Router()
        ServerMetadata(oauth.settings, grantTypes: ["authorization_code"]).addRoutes(to: &router)
        let response = try await router.respond(to: Request("GET", "/.well-known/oauth-authorization-server"))
        let json = try JSONValue(parsing: response.body)
        let base = "https://tokens.example.com"
        #expect(json["issuer"]?.string == base)
        for (name, path) in [
            ("authorization_endpoint", "authorize"), ("token_endpoint", "token"),
            ("device_authorization_endpoint", "device"), ("introspection_endpoint", "introspect"),
            ("revocation_endpoint", "revoke"),
        ] {
            #expect(json[name]?.string == "\(base)/oauth/\(path)")
        }
        #expect(json["code_challenge_methods_supported"] == ["S256"])
        #expect(json["grant_types_supported"] == ["authorization_code"])
        #expect(json["response_types_supported"] == ["code"])
        #expect(json["authorization_response_iss_parameter_supported"] == true)
        #expect(
            json["scopes_supported"] == [
                "git", "git:read", "git:write", "maven", "maven:read", "maven:write",
            ])
    }

    @Test("names no endpoint for devices where that is switched off")
    func off() async throws {
        let oauth = try await OAuthHouse(allowsDevices: false)
        let json = ServerMetadata(oauth.settings, grantTypes: []).json
        #expect(json["device_authorization_endpoint"] == nil)
    }
}
