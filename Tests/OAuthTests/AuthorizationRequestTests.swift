import HTTPServer
import TestHouse
import Testing
import Tokens

@testable import OAuth

@Suite("Requests for an authorization code")
struct AuthorizationRequestTests {
    private static let usual = [
        "client_id": "jeton-git", "response_type": "code", "redirect_uri": OAuthHouse.redirect,
        "code_challenge": OAuthHouse.challenge, "code_challenge_method": "S256", "scope": "git:write",
        "state": "a+/=",
    ]

    private func read(
        _ changes: [String: String], more: String = ""
    ) async throws -> Result<AuthorizationRequest, AuthorizationRequest.Fault> {
        let oauth = try await OAuthHouse()
        let pairs = Self.usual.merging(changes) { $1 }.filter { !$1.isEmpty }
        let query = pairs.map { "\($0)=\($1.percentEncoded)" }.joined(separator: "&") + more
        let items = Request("GET", "/oauth/authorize?\(query)").queryItems
        do throws(AuthorizationRequest.Fault) {
            return .success(
                try await AuthorizationRequest(items, services: oauth.settings.services) {
                    (id) throws(AuthorizationRequest.Fault) in oauth.settings.clients.client(id)
                })
        } catch {
            return .failure(error)
        }
    }

    @Test("are read as git sends them")
    func usual() async throws {
        let request = try await read([:]).get()
        #expect(request.client.id == "jeton-git" && request.redirectURI == OAuthHouse.redirect)
        #expect(request.state == "a+/=" && request.scopes.map(\.text) == ["git:write"])
        #expect(
            request.destination.address([("code", "x y")], issuer: "https://tokens.example.com")
                == "http://127.0.0.1:38203?code=x%20y&state=a%2B%2F%3D&iss=https%3A%2F%2Ftokens.example.com")
    }

    @Test(
        "send nobody anywhere where client or address are not certain",
        arguments: [
            ["client_id": ""], ["client_id": "nobody"], ["client_id": "JETON-GIT"],
            ["redirect_uri": "https://evil.example/"], ["redirect_uri": ""],
            ["redirect_uri": "http://127.0.0.1.evil.example/"],
            ["redirect_uri": "http://127.0.0.1:1@evil.example/"], ["redirect_uri": "http://10.0.0.1:1"],
            ["client_id": "jeton-npm"], ["state": String(repeating: "x", count: 1001)],
            ["client_id": "terraform-cli"],
        ])
    func untold(changes: [String: String]) async throws {
        guard case .failure(.untold) = try await read(changes) else {
            Issue.record("the browser would have been sent somewhere")
            return
        }
    }

    @Test("a parameter that comes twice is refused")
    func twice() async throws {
        guard case .failure(.untold) = try await read([:], more: "&redirect_uri=https://evil.example") else {
            Issue.record("one of two was taken")
            return
        }
    }

    @Test(
        "tell the client what is wrong",
        arguments: [
            (["response_type": "token"], "unsupported_response_type"),
            (["response_type": ""], "unsupported_response_type"), (["code_challenge": ""], "invalid_request"),
            (["code_challenge_method": "plain"], "invalid_request"),
            (["code_challenge_method": ""], "invalid_request"),
            (["code_challenge": "short"], "invalid_request"),
            (["scope": "openid profile"], "invalid_scope"), (["scope": "svn:read"], "invalid_scope"),
            (["scope": "jeton:manage"], "invalid_scope"),
            (["resource": "https://elsewhere.example/"], "invalid_target"),
            (["scope": "maven:read", "resource": "https://git.example.com/"], "invalid_scope"),
            (["scope": "git:raed", "resource": "https://git.example.com/"], "invalid_scope"),
            (["scope": "maven:write:/com/acme"], "invalid_scope"),
        ])
    func told(changes: [String: String], error: String) async throws {
        guard case .failure(.told(let destination, let code, _)) = try await read(changes) else {
            Issue.record("it was accepted")
            return
        }
        #expect(code == error && destination.redirectURI == OAuthHouse.redirect)
    }

    @Test(
        "ask for what this desk knows",
        arguments: [
            (["scope": "openid git:read offline_access"], ["git:read"]), (["scope": ""], []),
            (["scope": "", "resource": "https://git.example.com"], ["git"]),
            (["scope": "git:read maven:read", "resource": "https://git.example.com/"], ["git:read"]),
            (["scope": "", "resource": "https://example.com/maven/org/x"], ["maven"]),
            (["scope": "git:write jeton:rotate"], ["git:write", "jeton:rotate"]),
            (["scope": "git:write git:write"], ["git:write"]),
            (["scope": "git:write:/team/app.git"], ["git:write:/team/app.git"]),
        ])
    func scopes(changes: [String: String], scopes: [String]) async throws {
        #expect(try await read(changes).get().scopes.map(\.text) == scopes)
    }

    @Test("a client with one address need not name it, and has scopes of its own")
    func configured() async throws {
        let request = try await read(["client_id": "server", "redirect_uri": "", "scope": ""]).get()
        #expect(request.redirectURI == "https://app.example.com/cb")
        #expect(request.scopes.map(\.text) == ["maven:read"])
    }
}
