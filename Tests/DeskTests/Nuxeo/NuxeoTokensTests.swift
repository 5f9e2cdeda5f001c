import HTTPServer
import Ledger
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import Desk

@Suite("GET /nuxeo/authentication/token")
struct NuxeoTokensTests {
    let house: TestHouse
    let api: APIHouse
    let alice: Subject

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        alice = try await house.person("alice")
    }

    private static let query = "applicationName=nuxeo-cli&deviceId=1"

    /// Asks as `nuxeo studio link` does.
    private func trade(
        _ secret: TokenSecret, query: String = "\(query)&permission=AMIREAD", method: String = "GET"
    ) async -> Response {
        await ask(query, ["authorization": basic("alice", secret)], method: method)
    }

    private func ask(_ query: String, _ headers: Headers, method: String = "GET") async -> Response {
        await api.call(method, "\(NuxeoTokens.path)?\(query)", headers: headers)
    }

    private func text(_ response: Response) -> String { String(decoding: response.body, as: UTF8.self) }

    private func traded(_ response: Response) async throws -> (token: Token, secret: TokenSecret) {
        #expect(response.status == 201)
        let secret = try #require(TokenFormat.standard.parse(text(response)))
        return (try #require(try await house.kept(secret.digest)), secret)
    }

    @Test("a token is traded for one that does no more, ends when it ends, and is the whole body")
    func trades() async throws {
        let end = house.clock.now + .days(9)
        let (parent, secret) = try await house.token(
            "laptop", of: alice, scopes: ["maven:read", "jeton:manage"], expiresAt: end)
        let response = await trade(secret)
        let child = try await traded(response).token
        #expect(response.headers["Content-Type"] == "text/plain; charset=utf-8")
        #expect(response.headers["Cache-Control"] == "no-store")
        #expect((child.name.text, child.owner) == ("nuxeo-cli", alice.id))
        #expect(child.scopes.text == "maven:read", "it must not manage tokens")
        #expect(child.expiresAt == end)
        #expect(child.trade == Token.Trade(parent: parent.id, device: try TokenName("1")))
        #expect(api.used.tokens.withLock { $0 } == [parent.id])
    }

    @Test("it is for the same paths and from the same addresses, and is traded from these alone")
    func narrow() async throws {
        let secret = try await house.token(
            "office", of: alice, scopes: ["repos:write:/team/app.git"], addresses: ["10.0.0.0/8"]
        ).secret
        func ask(from address: String) async -> Response {
            await self.ask(
                "\(Self.query)&permission=AMIREAD",
                ["authorization": basic("alice", secret), "x-forwarded-for": address])
        }
        let child = try await traded(await ask(from: "10.1.1.1")).token
        #expect(child.scopes.text == "repos:write:/team/app.git")
        #expect(child.addresses.map(\.description) == ["10.0.0.0/8"])
        let refused = await ask(from: "192.0.2.7")
        #expect(refused.status == 403)
        #expect(refused.headers["X-Jeton-Reason"] == "address_not_allowed")
    }

    @Test("asking again takes the place of the one before")
    func rotates() async throws {
        let secret = try await house.token("laptop", of: alice).secret
        let first = try await traded(await trade(secret)).secret
        let second = try await traded(await trade(secret)).secret
        #expect(try await house.kept(first.digest)?.revocation?.reason == .regenerated)
        #expect(try await house.kept(second.digest)?.revocation == nil)
    }

    @Test("it breeds none of its own, and is not regenerated")
    func breedsNone() async throws {
        let secret = try await house.token("laptop", of: alice).secret
        let (child, own) = try await traded(await trade(secret))
        let again = await trade(own)
        #expect(again.status == 403)
        #expect(
            text(again)
                == "This token was traded for another one itself: use a token that its owner made on My Tokens.\n"
        )
        let manager = try await api.manager(of: alice).secret
        #expect(await api.call("POST", "/api/v1/tokens/\(child.id)/regenerate", as: manager).status == 403)
    }

    @Test("it dies with its parent")
    func diesWithIt() async throws {
        let (parent, secret) = try await house.token("laptop", of: alice)
        let own = try await traded(await trade(secret)).secret
        try await house.revoke(parent)
        #expect(try await house.kept(own.digest)?.revocation?.reason == .withParent)
    }

    @Test("the client's own revoke=true ends it, and the parent's ends it too; a second time there is none")
    func revokes() async throws {
        let (parent, secret) = try await house.token("laptop", of: alice)
        for presenter in ["child", "parent"] {
            let own = try await traded(await trade(secret)).secret
            let used = presenter == "child" ? own : secret
            let headers: Headers = ["x-authentication-token": used.reveal()]
            let other = await ask("applicationName=nuxeo-cli&deviceId=2&revoke=true", headers)
            #expect(other.status == 400)
            let response = await ask("\(Self.query)&revoke=true", headers)
            #expect(response.status == 202)
            #expect(text(response) == "the token is revoked\n")
            #expect(try await house.kept(own.digest)?.revocation != nil)
            let again = await ask("\(Self.query)&revoke=true", ["x-authentication-token": secret.reveal()])
            #expect(again.status == 400)
        }
        #expect(try await house.kept(secret.digest)?.id == parent.id)
        #expect(try await house.kept(secret.digest)?.revocation == nil)
    }

    @Test(
        "what is missing or cannot be shown is named",
        arguments: [
            ("", "applicationName, deviceId, permission must be given in the query\n"),
            ("applicationName=a&deviceId=1", "permission must be given in the query\n"),
            ("deviceId=1&revoke=true", "applicationName must be given in the query\n"),
            (
                "applicationName=a%0Ab&deviceId=%20&permission=r",
                "applicationName must not hold control characters or line breaks; deviceId must not be empty\n"
            ),
            (
                "applicationName=jtn_0123456789ABCDEFGHIJKLMNOPQRSTUV0gITR2&deviceId=1&permission=r",
                "applicationName must not hold a token\n"
            ),
        ])
    func incomplete(query: String, sentence: String) async throws {
        let secret = try await house.token("laptop", of: alice).secret
        let response = await trade(secret, query: query)
        #expect(response.status == 400)
        #expect(text(response) == sentence)
    }

    @Test(
        "without a token, with a password or with a dead token there is a challenge that these clients know")
    func unauthorized() async throws {
        let (token, secret) = try await house.token("laptop", of: alice)
        try await house.revoke(token)
        let cookie = try await api.cookie(of: alice)
        let query = "\(Self.query)&permission=r"
        for (headers, reason) in [
            ([:], "no_credentials"), (cookie, "no_credentials"),
            (["authorization": basic("alice", "correct horse")], "not_a_token"),
            (["authorization": basic("alice", secret)], "revoked"),
        ] as [(Headers, String)] {
            let response = await ask(query, headers)
            #expect(response.status == 401)
            #expect(response.headers["X-Jeton-Reason"] == reason)
            #expect(response.headers.all("WWW-Authenticate") == ["Basic realm=\"Jeton\", charset=\"UTF-8\""])
        }
    }

    @Test("a token that will be good again is not refused for good: its client keeps it")
    func goodAgain() async throws {
        let secret = try await house.token("laptop", of: alice).secret
        try await house.suspend(alice)
        let response = await trade(secret)
        #expect(response.status == 403)
        #expect(response.headers["X-Jeton-Reason"] == "owner_suspended")
        #expect(response.headers["WWW-Authenticate"] == nil)
    }

    @Test("a token for nothing but the desk is not traded; HEAD and POST make nothing")
    func nothing() async throws {
        let manager = try await api.manager(of: alice).secret
        #expect(await trade(manager).status == 403)
        let secret = try await house.token("laptop", of: alice).secret
        for method in ["HEAD", "POST"] {
            let response = await trade(secret, method: method)
            #expect(response.status == 405)
            #expect(response.headers["Allow"]?.contains("GET") == true)
        }
        #expect(house.index.count == 2)
    }
}
