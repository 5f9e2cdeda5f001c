import HTTPServer
import Testing
import Tokens

@testable import OAuth

@Suite("A request of a program that strangers named")
struct StrangersRequestTests {
    private func read(_ client: OAuthClient, _ uri: String, method: String = "S256") async throws
        -> Result<AuthorizationRequest, AuthorizationRequest.Fault>
    {
        let query =
            "response_type=code&client_id=x&redirect_uri=\(uri)&code_challenge_method=\(method)"
            + "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&scope=git:read"
        let items = Request("GET", "/oauth/authorize?\(query)").queryItems
        let services = [Service(name: try ServiceName("git"))]
        do throws(AuthorizationRequest.Fault) {
            return .success(try await AuthorizationRequest(items, services: services) { _ in client })
        } catch {
            return .failure(error)
        }
    }

    private func client(_ source: OAuthClient.Source) throws -> OAuthClient {
        OAuthClient(
            id: "x", title: "Chosen name",
            redirectURIs: [
                try #require(RedirectURI("https://x.example/back")),
                try #require(RedirectURI("http://127.0.0.1/back")),
            ], source: source)
    }

    @Test(
        "that is faulty sends no browser to the address of a stranger, and never shows the name that it chose",
        arguments: [OAuthClient.Source.document(host: "x.example"), .itself])
    func faulty(_ source: OAuthClient.Source) async throws {
        let client = try client(source)
        #expect(try await read(client, "https://x.example/back").isSuccess)
        guard
            case .failure(.untold(let sentence)) = try await read(
                client, "https://x.example/back", method: "plain")
        else {
            Issue.record("the browser was sent there")
            return
        }
        #expect(!sentence.contains("Chosen"))
        guard case .failure(.untold(let other)) = try await read(client, "https://x.example/other") else {
            Issue.record("the browser was sent there")
            return
        }
        #expect(!other.contains("Chosen"))
        guard case .failure(.told) = try await read(client, "http://127.0.0.1:9/back", method: "plain") else {
            Issue.record("a program on the person's machine may know")
            return
        }
    }

    @Test("of the operator's own is told what is wrong")
    func known() async throws {
        guard
            case .failure(.told) = try await read(
                try client(.desk), "https://x.example/back", method: "plain")
        else {
            Issue.record("it was not told")
            return
        }
    }
}

extension Result {
    fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }
}
