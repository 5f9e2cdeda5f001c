import Foundation
import HTTPServer
import Ledger
import Synchronization
import TestHouse
import Testing
import TokenIndex
import Tokens

@testable import DeskAPI

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
    private func exchange(
        _ secret: TokenSecret, query: String = "\(query)&permission=AMIREAD", method: String = "GET"
    ) async -> Response {
        await ask(query, ["authorization": basic("alice", secret)], method: method)
    }

    private func ask(_ query: String, _ headers: Headers, method: String = "GET") async -> Response {
        await api.call(method, "\(NuxeoTokens.path)?\(query)", headers: headers)
    }

    private func text(_ response: Response) -> String { String(decoding: response.body, as: UTF8.self) }

    private func exchanged(_ response: Response) async throws -> (token: Token, secret: TokenSecret) {
        #expect(response.status == 201)
        let secret = try #require(TokenFormat.standard.parse(text(response)))
        return (try #require(try await house.kept(secret.digest)), secret)
    }

    @Test("a token is exchanged for one that can do no more and ends with it; the body is the token alone")
    func exchanges() async throws {
        let end = house.clock.now + .days(9)
        let (parent, secret) = try await house.token(
            "laptop", of: alice, scopes: ["maven:read", "jeton:manage"], expiresAt: end)
        let response = await exchange(secret)
        let child = try await exchanged(response).token
        #expect(response.headers["Content-Type"] == "text/plain; charset=utf-8")
        #expect(response.headers["Cache-Control"] == "no-store")
        #expect((child.name.text, child.owner) == ("nuxeo-cli", alice.id))
        #expect(child.scopes.text == "maven:read", "it must not manage tokens")
        #expect(child.expiresAt == end)
        #expect(child.exchange == Token.Exchange(parent: parent.secret, device: try TokenName("1")))
        #expect(api.used.tokens.withLock { $0 } == [parent.id])
    }

    @Test("it has the same paths and addresses, and is exchanged only from these addresses")
    func narrow() async throws {
        let secret = try await house.token(
            "office", of: alice, scopes: ["repos:write:/team/app.git"], addresses: ["10.0.0.0/8"]
        ).secret
        func ask(from address: String) async -> Response {
            await self.ask(
                "\(Self.query)&permission=AMIREAD",
                ["authorization": basic("alice", secret), "x-forwarded-for": address])
        }
        let child = try await exchanged(await ask(from: "10.1.1.1")).token
        #expect(child.scopes.text == "repos:write:/team/app.git")
        #expect(child.addresses.map(\.description) == ["10.0.0.0/8"])
        let refused = await ask(from: "192.0.2.7")
        #expect(refused.status == 403)
        #expect(refused.headers["X-Jeton-Reason"] == "address_not_allowed")
    }

    @Test("asking again takes the place of the one before")
    func rotates() async throws {
        let secret = try await house.token("laptop", of: alice).secret
        let first = try await exchanged(await exchange(secret)).secret
        let second = try await exchanged(await exchange(secret)).secret
        #expect(try await house.kept(first.digest)?.revocation?.reason == .rotated)
        #expect(try await house.kept(second.digest)?.revocation == nil)
    }

    @Test(
        "the CLI gets a new token once its own is no longer active, for whatever reason",
        arguments: Death.allCases)
    func linksAgain(death: Death) async throws {
        let (parent, secret) = try await house.token("laptop", of: alice)
        let (child, own) = try await exchanged(await exchange(secret))
        switch death {
        case .revoked: try await house.revoke(child)
        case .itself: _ = await ask("\(Self.query)&revoke=true", ["x-authentication-token": own.reveal()])
        case .withParent: try await house.revoke(parent)
        case .replaced: _ = await exchange(secret)
        case .suspended:
            try await house.ledger.suspend(
                alice.id, since: house.clock.now,
                event: Event(.subjectSuspended, at: house.clock.now, actor: nil))
        }
        api.used.tokens.withLock { $0.removeAll() }
        let before = try await house.ledger.events(about: nil, before: nil, limit: 50)
        let others = try await house.ledger.tokens(
            TokenQuery(owner: alice.id, states: [.active], now: house.clock.now)
        ).filter { $0.token.id != child.id }
        // As `nuxeo studio link` does before it asks for another.
        for headers in [["x-authentication-token": own.reveal()], ["authorization": basic("alice", own)]]
            as [Headers]
        {
            let response = await ask("\(Self.query)&revoke=true", headers)
            #expect(response.status == 202)
            #expect(text(response) == "the token is revoked\n")
        }
        #expect(try await house.kept(own.digest)?.revocation != nil)
        #expect(api.used.tokens.withLock { $0 }.isEmpty, "it is no use")
        let after = try await house.ledger.events(about: nil, before: nil, limit: 50)
        #expect(after.count == before.count + (death == .suspended ? 1 : 0), "the dead die once")
        let left = try await house.ledger.tokens(
            TokenQuery(owner: alice.id, states: [.active], now: house.clock.now))
        #expect(left.map(\.token.id) == others.map(\.token.id), "nothing else ends")
    }

    enum Death: CaseIterable { case revoked, itself, withParent, replaced, suspended }

    @Test("any other inactive or unknown token is refused, and many of them count as guesses")
    func stillRefused() async throws {
        let (parent, secret) = try await house.token("laptop", of: alice)
        try await house.revoke(parent)
        let query = "\(Self.query)&revoke=true"
        let unknown = TokenFormat.standard.makeSecret()
        for (headers, reason) in [
            (["x-authentication-token": secret.reveal()], "revoked"),
            (["x-authentication-token": unknown.reveal()], "unknown_token"), ([:], "no_credentials"),
            (["authorization": basic("alice", "correct horse")], "not_a_token"),
        ] as [(Headers, String)] {
            let response = await ask(query, headers)
            #expect((response.status, response.headers["X-Jeton-Reason"]) == (401, reason))
        }
        // A live one beside another's login is nobody's to revoke.
        let (_, own) = try await exchanged(await exchange(try await house.token("desktop", of: alice).secret))
        #expect(await ask(query, ["authorization": basic("mallory", own)]).status == 401)
        let other = await ask(
            "applicationName=other&deviceId=1&revoke=true", ["x-authentication-token": own.reveal()])
        #expect(other.status == 400)
        #expect(await ask("revoke=true", ["x-authentication-token": own.reveal()]).status == 400)
        #expect(try await house.kept(own.digest)?.revocation == nil)
        for _ in 0...GuessLimiter.limit {
            _ = await ask(
                query,
                [
                    "x-authentication-token": TokenFormat.standard.makeSecret().reveal(),
                    "x-forwarded-for": "192.0.2.7",
                ])
        }
        let slowed = await ask(
            query, ["x-authentication-token": unknown.reveal(), "x-forwarded-for": "192.0.2.7"])
        #expect(slowed.status == 429)
    }

    @Test(
        "linking again ends the former token only from the same place, which is an address or a network of IPv6, and a program",
        arguments: [
            ("192.0.2.7", "nuxeo-cli/2.0", true), ("192.0.2.8", "nuxeo-cli/1.0", false),
            ("192.0.2.7", "curl/8.0", false), ("192.0.2.7", "", false),
            ("2001:db8::7", "nuxeo-cli/1.0", false),
        ])
    func twoMachines(address: String, agent: String, isSame: Bool) async throws {
        let secret = try await house.token("laptop", of: alice).secret
        let first = try await link(secret, "192.0.2.7", "nuxeo-cli/1.0")
        let second = try await link(secret, address, agent)
        #expect((try await house.kept(first.digest)?.revocation == nil) == !isSame)
        #expect(try await house.kept(second.digest)?.revocation == nil)
        let six = try await link(secret, "2001:db8:1:2::7", agent)
        let moved = try await link(secret, "2001:db8:1:2:ffff::1", agent)
        let elsewhere = try await link(secret, "2001:db8:1:3::7", agent)
        #expect(try await house.kept(six.digest)?.revocation?.reason == .rotated)
        for secret in [second, moved, elsewhere] {
            #expect(try await house.kept(secret.digest)?.revocation == nil)
        }
        // The person's own token ends what the program got for it, from wherever.
        let all = await ask("\(Self.query)&revoke=true", ["x-authentication-token": secret.reveal()])
        #expect(all.status == 202)
        for secret in [second, moved, elsewhere] {
            #expect(try await house.kept(secret.digest)?.revocation != nil)
        }
    }

    private func link(_ secret: TokenSecret, _ address: String, _ agent: String) async throws -> TokenSecret {
        try await exchanged(
            await ask(
                "\(Self.query)&permission=AMIREAD",
                [
                    "authorization": basic("alice", secret), "x-forwarded-for": address,
                    "user-agent": agent,
                ])
        ).secret
    }

    @Test("of fifty those are named that were unused the longest")
    func tooMany() async throws {
        let secret = try await house.token("laptop", of: alice).secret
        var oldest: [TokenSecret] = []
        for number in 1...LedgerLimits.activeExchangesPerToken {
            house.pass(.days(1))
            let own = try await link(secret, "192.0.2.\(number)", "nuxeo-cli/1.0")
            if oldest.count < 4 { oldest.append(own) }
        }
        // The first was used lately.
        var ids: [TokenID] = []
        for own in oldest { ids.append(try #require(try await house.kept(own.digest)?.id)) }
        try await house.ledger.record([
            Use(
                secret: ids[0].firstSecret, service: "maven", address: "", client: "Maven",
                lastAt: house.clock.now,
                count: 1)
        ])
        let refused = await ask(
            "\(Self.query)&permission=AMIREAD",
            ["authorization": basic("alice", secret), "x-forwarded-for": "192.0.2.99"])
        #expect(refused.status == 403)
        let sentence = text(refused)
        #expect(sentence.contains("Longest unused: nuxeo-cli of "))
        let places = try ids.dropFirst().map {
            try #require(sentence.range(of: "never used (\($0.text))")).lowerBound
        }
        #expect(places == places.sorted())
        #expect(!sentence.contains(ids[0].text))
        #expect(TokenFormat.standard.parse(sentence) == nil)
    }

    @Test("it breeds none of its own, and is not regenerated")
    func breedsNone() async throws {
        let secret = try await house.token("laptop", of: alice).secret
        let (child, own) = try await exchanged(await exchange(secret))
        let again = await exchange(own)
        #expect(again.status == 403)
        #expect(
            text(again)
                == "This token was itself got in exchange for another: use a token that was created on My Tokens.\n"
        )
        let manager = try await api.manager(of: alice).secret
        #expect(await api.call("POST", "/api/v1/tokens/\(child.id)/regenerate", as: manager).status == 403)
    }

    @Test("it dies with its parent")
    func diesWithIt() async throws {
        let (parent, secret) = try await house.token("laptop", of: alice)
        let own = try await exchanged(await exchange(secret)).secret
        try await house.revoke(parent)
        #expect(try await house.kept(own.digest)?.revocation?.reason == .withParent)
    }

    @Test("the client's own revoke=true ends it, and the parent's ends it too; a second time there is none")
    func revokes() async throws {
        let (parent, secret) = try await house.token("laptop", of: alice)
        for presenter in ["child", "parent"] {
            let own = try await exchanged(await exchange(secret)).secret
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
            ("", "applicationName, deviceId, permission must be in the query\n"),
            ("applicationName=a&deviceId=1", "permission must be in the query\n"),
            ("deviceId=1&revoke=true", "applicationName must be in the query\n"),
            (
                "applicationName=a%0Ab&deviceId=%20&permission=r",
                "applicationName must not hold control characters or line breaks; deviceId must not be empty\n"
            ),
            (
                "applicationName=jtn_0123456789ABCDEFGHIJKLMNOPQRSTUV0gITR2&deviceId=1&permission=r",
                "applicationName must not contain a token\n"
            ),
        ])
    func incomplete(query: String, sentence: String) async throws {
        let secret = try await house.token("laptop", of: alice).secret
        let response = await exchange(secret, query: query)
        #expect(response.status == 400)
        #expect(text(response) == sentence)
    }

    @Test(
        "without a token, with a password or with an inactive token there is a challenge that these clients know"
    )
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
        let response = await exchange(secret)
        #expect(response.status == 403)
        #expect(response.headers["X-Jeton-Reason"] == "owner_suspended")
        #expect(response.headers["WWW-Authenticate"] == nil)
    }

    @Test("a token for the desk alone is not exchanged; HEAD and POST create nothing")
    func nothing() async throws {
        let manager = try await api.manager(of: alice).secret
        #expect(await exchange(manager).status == 403)
        let secret = try await house.token("laptop", of: alice).secret
        for method in ["HEAD", "POST"] {
            let response = await exchange(secret, method: method)
            #expect(response.status == 405)
            #expect(response.headers["Allow"]?.contains("GET") == true)
        }
        #expect(house.index.count == 2)
    }
}
