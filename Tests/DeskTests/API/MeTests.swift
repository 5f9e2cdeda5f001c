import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import DeskAPI

@Suite("GET /api/v1/me")
struct MeTests {
    let house: TestHouse
    let api: APIHouse

    init() throws {
        house = try TestHouse()
        api = try APIHouse(house)
    }

    @Test("who is calling, and with which token")
    func me() async throws {
        let alice = try await house.person(
            "alice", name: "Alice", email: "alice@example.com", groups: ["dev"])
        let (token, secret) = try await house.token("ci", of: alice)
        let subject: JSONValue = [
            "id": .string(alice.id.text), "login": "alice", "kind": "person", "name": "Alice",
            "email": "alice@example.com",
            "groups": ["dev"], "administrator": false, "suspended_at": nil,
            "deactivated_at": nil, "ended_at": nil,
            "created_at": "2026-01-31T08:00:00Z", "last_sign_in_at": nil, "tokens_sleep_at": nil,
        ]
        let byToken = await api.call("GET", "/api/v1/me", headers: ["authorization": basic("alice", secret)])
        #expect(byToken.json == ["subject": subject, "token": body(token)])
        try await house.ledger.record([
            Use(
                secret: token.secret, service: "git", address: "192.0.2.1", client: "Git 2.39.5",
                lastAt: house.clock.now, count: 2)
        ])
        let used = await api.call("GET", "/api/v1/me", headers: ["authorization": basic("alice", secret)])
        #expect(
            used.json?["token"]?["last_used"] == [
                "at": "2026-01-31T08:00:00Z", "service": "git", "address": "192.0.2.1",
                "client": "Git 2.39.5",
            ])
        let byBrowser = await api.call("GET", "/api/v1/me", headers: try await api.cookie(of: alice))
        #expect(byBrowser.json == ["subject": subject, "token": nil])
    }

    @Test(
        "with a sign-in policy the response says when tokens become dormant, and a dormant token why it is refused"
    )
    func asleep() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        try await house.setSignInPolicy(every: .days(30))
        try await house.signIn(alice)
        let me = await api.call("GET", "/api/v1/me", as: secret)
        #expect(me.json?["subject"]?["last_sign_in_at"] == "2026-01-31T08:00:00Z")
        #expect(me.json?["subject"]?["tokens_sleep_at"] == "2026-03-02T08:00:00Z")

        house.pass(.days(30))
        let refused = await api.call("GET", "/api/v1/me", as: secret)
        #expect(refused.status == 403)
        #expect(refused.headers["X-Jeton-Reason"] == "sign_in_needed")
        #expect(refused.headers["WWW-Authenticate"] == nil)
        // A person at a browser sees that they sleep.
        let cookie = try await api.cookie(of: alice)
        let page = await api.call("GET", "/api/v1/tokens", headers: cookie)
        #expect(page.json?["tokens"] == [body(token, asleep: true)])
        let one = await api.call("GET", "/api/v1/tokens/\(token.id)", headers: cookie)
        #expect(one.json == body(token, asleep: true))
    }

    @Test("without credentials the response says how to authenticate")
    func nobody() async {
        let response = await api.call("GET", "/api/v1/me")
        #expect(response.status == 401)
        #expect(response.headers["WWW-Authenticate"] == "Bearer realm=\"Jeton\"")
        #expect(
            response.json
                == problem(
                    "no-credentials", "Not signed in", 401,
                    "The token desk needs a token, not a password; create one at https://tokens.example.com/tokens/new."
                ))
    }

    @Test("a refused token gets the reason, and a cookie does not help it")
    func notGood() async throws {
        let alice = try await house.person("alice")
        let cookie = try await api.cookie(of: alice)
        let response = await api.call(
            "GET", "/api/v1/me", as: TokenFormat.standard.makeSecret(), headers: cookie)
        #expect(response.status == 401)
        #expect(response.headers["WWW-Authenticate"] == "Bearer realm=\"Jeton\", error=\"invalid_token\"")
        #expect(response.headers["X-Jeton-Reason"] == "unknown_token")
    }

    @Test("what is not there and what may not be done are problems too")
    func refusals() async {
        let missing = await api.call("GET", "/api/v1/nothing")
        #expect(missing.json == problem("not-found", "Not found", 404, "There is nothing at this address."))
        let method = await api.call("PUT", "/api/v1/me")
        #expect(method.status == 405)
        #expect(method.headers["Allow"] == "GET, HEAD")
        #expect(
            method.json
                == problem(
                    "method-not-allowed", "Method not allowed", 405, "This address takes only GET, HEAD."))
    }
}
