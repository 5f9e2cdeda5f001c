import HTTPServer
import JSON
import TestHouse
import Testing
import Tokens

@testable import OAuth

@Suite("GET /oauth/protected-resource/{service}")
struct ProtectedResourcesTests {
    private let router: Router

    init() throws {
        func service(_ name: String, _ url: String?, kind: Service.Kind = .http) throws -> Service {
            Service(
                name: try ServiceName(name), title: "The \(name)", kind: kind,
                url: url.flatMap(ServiceURL.init))
        }
        var router = Router()
        let settings = OAuthSettings(
            issuer: "https://tokens.example.com",
            services: [
                try service("unsaid", nil),
                try service("git", "https://git.example.com/", kind: .git),
                try service("maven", "https://example.com/maven/"),
                try service("npm", "https://example.com/npm"),
                try service("all", "https://all.example.com/"),
                try service("part", "https://all.example.com/part"),
                try service("images", "https://all.example.com/", kind: .docker),
            ], clock: try TestHouse().clock)
        ProtectedResources(settings).addRoutes(to: &router)
        self.router = router
    }

    private func ask(_ path: String) async throws -> (response: Response, json: JSONValue) {
        let response = try await router.respond(to: Request("GET", "/oauth/protected-resource" + path))
        return (response, try JSONValue(parsing: response.body))
    }

    @Test("says who issues tokens for a service, and which scopes it has")
    func metadata() async throws {
        let (response, json) = try await ask("/git")
        #expect(response.status == 200)
        #expect(response.headers["Content-Type"] == "application/json")
        #expect(response.headers["Cache-Control"] == "max-age=3600")
        #expect(response.headers["Access-Control-Allow-Origin"] == "*")
        #expect(
            json == [
                "resource": "https://git.example.com",
                "authorization_servers": ["https://tokens.example.com"],
                "scopes_supported": ["git:read", "git:write"],
                "bearer_methods_supported": ["header"],
                "resource_name": "The git",
                "resource_documentation": "https://tokens.example.com/help",
            ])
    }

    @Test(
        "the resource is the address that was asked about, and of several services at a host the path decides",
        arguments: [
            ("/git", "https://git.example.com", "The git"),
            ("/git/", "https://git.example.com", "The git"),
            ("/git/team/app.git", "https://git.example.com/team/app.git", "The git"),
            ("/maven/maven/", "https://example.com/maven/", "The maven"),
            ("/maven/maven", "https://example.com/maven", "The maven"),
            ("/maven/npm", "https://example.com/npm", "The npm"),
            ("/npm/maven/org", "https://example.com/maven/org", "The maven"),
            ("/all/part/x", "https://all.example.com/part/x", "The part"),
            ("/part/partly", "https://all.example.com/partly", "The all"),
            ("/images", "https://all.example.com", "The images"),
            ("/all", "https://all.example.com", "The all"),
        ])
    func resource(_ path: String, _ identifier: String, _ title: String) async throws {
        let json = try await ask(path).json
        #expect(json["resource"] == .string(identifier))
        #expect(json["resource_name"] == .string(title))
    }

    @Test(
        "is 404 for an unknown service, one without an address, and a path that is at none",
        arguments: [
            "/nothing", "/unsaid", "/unsaid/x", "/maven", "/maven/other", "/git/../x", "/git/a//b",
            "/git/%2e%2e/x",
            "/git/a%2fb", "/%67it2",
        ])
    func missing(_ path: String) async throws {
        let (response, json) = try await ask(path)
        #expect(response.status == 404)
        #expect(response.headers["Access-Control-Allow-Origin"] == "*")
        #expect(response.headers["Content-Type"] == "application/json")
        #expect(json["error"] == "not_found")
    }
}
