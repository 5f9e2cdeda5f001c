import HTTPServer
import Ledger
import TestHouse
import Testing
import TokenIndex
import Tokens

@testable import Gate

@Suite("While the ledger is being read")
struct StartTests {
    let house: TestHouse
    let index = TokenIndex(whole: false)
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house, index: index)
    }

    @Test("it is alive, and says how far it is from being ready")
    func ready() async throws {
        index.begin(tokens: 2000)
        #expect(await gate.ask("GET", "/healthz").status == 200)
        let waiting = await gate.ask("GET", "/readyz")
        #expect(waiting.status == 503)
        #expect(waiting.headers["Retry-After"] == "5")
        #expect(waiting.text == "starting: read 0 of 2,000 tokens (0 %)\n")
        index.end()
        #expect(await gate.ask("GET", "/readyz").text == "ok\n")
    }

    @Test(
        "a token that may be good is told to wait, and then granted; one that is no token is refused at once")
    func verify() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice).secret
        let headers: Headers = ["Authorization": basic("alice", secret)]
        for _ in 0..<50 {
            let response = await gate.ask("GET", "/verify/maven", headers)
            #expect(response.status == 503)
            #expect(response.reason == "starting")
            #expect(response.headers["Retry-After"] == "5")
            #expect(response.headers["WWW-Authenticate"] == nil)
        }
        let typed = await gate.ask("GET", "/verify/maven", ["Authorization": basic("alice", "password")])
        #expect(typed.reason == "not_a_token")
        try await house.ledger.load(into: index)
        #expect(await gate.ask("GET", "/verify/maven", headers).status == 200)
    }

    @Test("a node on a shared ledger is starting, and not stale, until it has read all tokens")
    func following() async throws {
        let staleness = Staleness(for: .minutes(10))
        let gate = try GateHouse(house, index: index, staleness: staleness)
        let secret = try await house.token("ci", of: try await house.person("alice")).secret
        let headers: Headers = ["Authorization": basic("alice", secret)]
        let refused = await gate.ask("GET", "/verify/maven", headers)
        #expect((refused.status, refused.reason) == (503, "starting"))
        #expect(refused.headers["Retry-After"] == "5")
        let untold = await gate.post("/oauth/introspect", "token=\(secret.reveal())")
        #expect((untold.status, untold.headers["Retry-After"]) == (503, "5"))
        #expect(untold.text.contains("has just started"))
        try await house.ledger.load(into: index)
        #expect(await gate.ask("GET", "/verify/maven", headers).reason == "stale")
        staleness.confirm(.now)
        #expect(await gate.ask("GET", "/verify/maven", headers).status == 200)
    }

    @Test("a token that is known already is granted, and refused where it was revoked")
    func known() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        index.apply(.subject(alice))
        index.apply(.secret(token.record, secret.digest))
        let headers: Headers = ["Authorization": basic("alice", secret)]
        #expect(await gate.ask("GET", "/verify/maven", headers).status == 200)
        var revoked = token
        revoked.revocation = .init(at: house.clock.now, by: nil, reason: .byOwner)
        index.apply(.secret(revoked.record, secret.digest))
        #expect(await gate.ask("GET", "/verify/maven", headers).reason == "revoked")
    }

    @Test("introspection answers that it is not ready")
    func oauth() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice).secret
        let response = await gate.post("/oauth/introspect", "token=\(secret.reveal())")
        #expect(response.status == 503)
        #expect(response.headers["Retry-After"] == "5")
        #expect(response.text.contains("temporarily_unavailable"))
        try await house.ledger.load(into: index)
        let after = await gate.post("/oauth/introspect", "token=\(secret.reveal())")
        #expect(after.status == 200)
    }
}
