import HTTPServer
import JSON
import Ledger
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import DeskAPI

@Suite("GET /api/v1/tokens/{id}")
struct ReadTokenTests {
    let house: TestHouse
    let api: APIHouse
    let alice: Subject

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        alice = try await house.person("alice")
    }

    @Test("a plain token sees itself, and no other")
    func itself() async throws {
        let plain = try await house.token("plain", of: alice)
        let other = try await house.token("other", of: alice).token
        let response = await api.call("GET", "/api/v1/tokens/\(plain.token.id)", as: plain.secret)
        #expect(response.status == 200)
        #expect(response.json == body(plain.token))
        #expect(await api.call("GET", "/api/v1/tokens/\(other.id)", as: plain.secret).status == 403)
        #expect(api.used.tokens.withLock { $0 } == [plain.token.id, plain.token.id])
    }

    @Test("the last use is there however long ago it was, as in the list")
    func lastUse() async throws {
        let plain = try await house.token("plain", of: alice)
        try await house.ledger.record([
            Use(
                secret: plain.token.secret, service: "git", address: "192.0.2.1", client: "Git 2.39.5",
                lastAt: house.clock.now, count: 2)
        ])
        house.pass(.days(200))
        try await house.ledger.sweep(at: house.clock.now)
        let one = await api.call("GET", "/api/v1/tokens/\(plain.token.id)", as: plain.secret)
        let me = await api.call("GET", "/api/v1/me", as: plain.secret)
        for used in [one.json?["last_used"], me.json?["token"]?["last_used"]] {
            #expect(used?["at"] == "2026-01-31T08:00:00Z")
        }
    }

    @Test("another person's token, an unknown one and nonsense are the same 404")
    func missing() async throws {
        let bobs = try await house.token("bob's", of: house.person("bob")).token
        let secret = try await api.manager(of: alice).secret
        for id in [bobs.id.text, TokenID(number: 5).text, "nonsense", "%00"] {
            let response = await api.call("GET", "/api/v1/tokens/\(id)", as: secret)
            #expect(response.status == 404)
            #expect(
                response.json
                    == problem(
                        "no-such-token", "No such token", 404, "You have no token with this id."))
        }
    }
}
