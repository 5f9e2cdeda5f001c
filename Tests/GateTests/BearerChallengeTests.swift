import HTTPServer
import TestHouse
import Testing
import Tokens

@Suite("The challenges of a refusal")
struct BearerChallengeTests {
    let house: TestHouse
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        let url = try #require(ServiceURL("https://code.example.com/"))
        gate = try GateHouse(
            house,
            and: [
                Service(
                    name: try ServiceName("code"), title: "Code", kind: .git, url: url,
                    paths: [try #require(PathPattern("/*/*.git"))]),
                Service(
                    name: try ServiceName("mcp"), title: "MCP", url: ServiceURL("https://a.example.com/mcp")),
                Service(name: try ServiceName("images"), title: "Images", kind: .docker, url: url),
                Service(name: try ServiceName("plain"), title: "Plain", url: url, challengesBearer: false),
            ])
    }

    private static let metadata = "https://code.example.com/.well-known/oauth-protected-resource"

    private func push(_ headers: Headers = [:]) -> Headers {
        var headers = headers
        headers["X-Original-Method"] = "POST"
        headers["X-Original-URI"] = "/team/app.git/git-receive-pack"
        return headers
    }

    @Test(
        "without a credential, Basic comes first, and Bearer says where the metadata is and what to ask for")
    func nothing() async {
        let read = await gate.ask("GET", "/verify/code")
        #expect(
            read.headers.all("WWW-Authenticate") == [
                "Basic realm=\"Code\", charset=\"UTF-8\"",
                "Bearer scope=\"code:read\", resource_metadata=\"\(Self.metadata)\"",
            ])
        #expect(read.headers["X-Jeton-Challenge"] == read.headers.all("WWW-Authenticate").last)
        let write = await gate.ask("GET", "/verify/code", push())
        #expect(
            write.headers.all("WWW-Authenticate").last
                == "Bearer scope=\"code:write\", resource_metadata=\"\(Self.metadata)\"")
    }

    @Test("the path of an address follows the well-known one")
    func pathOfAddress() async {
        let response = await gate.ask("GET", "/verify/mcp")
        #expect(
            response.headers["X-Jeton-Challenge"]
                == "Bearer scope=\"mcp:read\", resource_metadata=\"https://a.example.com/.well-known/oauth-protected-resource/mcp\""
        )
    }

    @Test("a token that is bad for good is an invalid_token, and a password is not")
    func invalid() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        try await house.revoke(token)
        let revoked = await gate.ask("GET", "/verify/code", ["Authorization": "Bearer \(secret.reveal())"])
        #expect(
            revoked.headers.all("WWW-Authenticate").last
                == "Bearer error=\"invalid_token\", scope=\"code:read\", resource_metadata=\"\(Self.metadata)\""
        )
        let password = await gate.ask("GET", "/verify/code", ["Authorization": basic("alice", "secret")])
        #expect(password.status == 401)
        #expect(
            password.headers.all("WWW-Authenticate").last
                == "Bearer scope=\"code:read\", resource_metadata=\"\(Self.metadata)\"")
    }

    @Test("a token whose scopes do not suffice is told those that do, narrowed where the service allows it")
    func insufficient() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("reader", of: alice, scopes: ["code:read", "mcp:read"]).secret
        let headers: Headers = ["Authorization": "Bearer \(secret.reveal())"]
        let code = await gate.ask("GET", "/verify/code", push(headers))
        #expect(code.status == 403)
        #expect(
            code.headers.all("WWW-Authenticate") == [
                "Bearer error=\"insufficient_scope\", "
                    + "error_description=\"a token with the scope code:write:/team/app.git is needed\", "
                    + "scope=\"code:write:/team/app.git\", resource_metadata=\"\(Self.metadata)\""
            ])
        let mcp = await gate.ask("POST", "/verify/mcp", headers)
        #expect(
            mcp.headers["X-Jeton-Challenge"]?.contains("scope=\"mcp:write\", resource_metadata=") == true)
    }

    @Test("a refusal that no other token would change has no challenge")
    func otherwise() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        try await house.suspend(alice)
        let response = await gate.ask("GET", "/verify/code", ["Authorization": "Bearer \(secret.reveal())"])
        #expect(response.status == 403, "\(token.id)")
        #expect(response.headers.all("WWW-Authenticate").isEmpty)
        #expect(response.headers["X-Jeton-Challenge"] == nil)
    }

    @Test("a grant has none", arguments: ["code", "mcp"])
    func grant(_ service: String) async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice).secret
        let response = await gate.ask(
            "GET", "/verify/\(service)", ["Authorization": "Bearer \(secret.reveal())"])
        #expect(response.status == 200)
        #expect(
            response.headers.fields.allSatisfy {
                !$0.name.contains("Challenge") && $0.name != "WWW-Authenticate"
            })
    }

    @Test(
        "Basic is alone without an address, with docker's kind, and where it is switched off",
        arguments: ["maven", "images", "plain"])
    func alone(_ service: String) async {
        let response = await gate.ask("GET", "/verify/\(service)")
        #expect(response.status == 401)
        #expect(response.headers.all("WWW-Authenticate").count == 1)
        #expect(response.headers["WWW-Authenticate"]?.hasPrefix("Basic ") == true)
        #expect(response.headers["X-Jeton-Challenge"] == nil)
    }
}
