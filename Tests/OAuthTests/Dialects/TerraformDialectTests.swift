import HTTPServer
import JSON
import TestHouse
import Testing
import Tokens

@testable import OAuth

/// Where terraform finds out how to sign in.
@Suite struct TerraformDialectTests {
    func respond(_ service: String, presets: [ClientPreset] = ClientPreset.allCases) async throws -> Response
    {
        var router = Router()
        let settings = OAuthSettings(
            issuer: "https://tokens.example.com", services: [Service(name: try ServiceName("modules"))],
            clients: ClientRegistry(presets: presets), clock: try TestHouse().clock)
        TerraformDialect(settings: settings).addRoutes(to: &router)
        return try await router.respond(
            to: Request("GET", "/oauth/dialects/\(service)/.well-known/terraform.json"))
    }

    @Test func `it has the login protocol, version 1`() async throws {
        let response = try await respond("modules")
        #expect(response.status == 200 && response.headers["content-type"] == "application/json")
        #expect(
            try JSONValue(parsing: response.body) == [
                "login.v1": [
                    "client": "terraform-cli", "grant_types": ["authz_code"],
                    "authz": "https://tokens.example.com/oauth/authorize",
                    "token": "https://tokens.example.com/oauth/token", "ports": [10_000, 10_010],
                    "scopes": ["modules"],
                ]
            ])
    }

    @Test func `without the client there is none, and without the service the proxy is at fault`()
        async throws
    {
        #expect(try await respond("modules", presets: []).status == 404)
        #expect(try await respond("other").status == 500)
    }
}
