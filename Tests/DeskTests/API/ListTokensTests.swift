import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import DeskAPI

@Suite("GET /api/v1/tokens")
struct ListTokensTests {
    let house: TestHouse
    let api: APIHouse
    let alice: Subject
    let manager: (token: Token, secret: TokenSecret)

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        alice = try await house.person("alice")
        manager = try await api.manager(of: alice)
        house.pass(.seconds(1))
    }

    @Test("the caller's active tokens, newest first, without secrets, with the last use")
    func active() async throws {
        let bob = try await house.person("bob")
        _ = try await house.token("bob's", of: bob)
        let ci = try await house.token("ci", of: alice, scopes: ["git:read"]).token
        house.pass(.seconds(1))
        let gone = try await house.token("gone", of: alice).token
        try await house.revoke(gone)
        try await house.ledger.record([
            Use(
                secret: ci.secret, service: "git", address: "192.0.2.1", client: "Git 2.39.5",
                lastAt: house.clock.now, count: 2)
        ])
        let response = await api.call("GET", "/api/v1/tokens", as: manager.secret)
        #expect(response.status == 200)
        #expect(response.headers["Link"] == nil)
        let use: JSONValue = [
            "at": "2026-01-31T08:00:02Z", "service": "git", "address": "192.0.2.1", "client": "Git 2.39.5",
        ]
        #expect(
            response.json == [
                "tokens": [body(ci, lastUsed: use), body(manager.token)], "next_cursor": nil,
            ])
    }

    @Test("every token is on one page and one only")
    func pages() async throws {
        var made: [String] = []
        for number in 0..<7 {
            made.append(try await house.token("t\(number)", of: alice).token.name.text)
            house.pass(.seconds(1))
        }
        var seen: [String] = []
        var target: String? = "/api/v1/tokens?limit=3&state=all"
        while let next = target {
            let response = await api.call("GET", next, as: manager.secret)
            let page = try #require(response.json)
            seen += page["tokens"]?.array?.compactMap { $0["name"]?.string } ?? []
            let link = response.headers["Link"]
            target = link.map { String($0.dropFirst().prefix { $0 != ">" }) }
            #expect((page["next_cursor"]?.string != nil) == (target != nil))
        }
        #expect(seen == made.reversed() + ["manager"])
    }

    @Test("tokens by state")
    func states() async throws {
        let gone = try await house.token("gone", of: alice).token
        try await house.revoke(gone)
        let over = try await house.token("over", of: alice, expiresAt: house.clock.now + .seconds(1)).token
        house.pass(.seconds(1))
        func names(_ state: String) async -> [String?]? {
            let response = await api.call("GET", "/api/v1/tokens?state=\(state)", as: manager.secret)
            return response.json?["tokens"]?.array?.map { $0["id"]?.string }.sorted {
                ($0 ?? "") < ($1 ?? "")
            }
        }
        #expect(await names("live") == [manager.token.id.text])
        #expect(await names("expired") == [over.id.text])
        #expect(await names("revoked") == [gone.id.text])
        #expect(await names("all")?.count == 3)
    }

    @Test(
        "an invalid query parameter is named",
        arguments: [
            ("limit=0", "limit", "must be a whole number from 1 to 100"),
            ("limit=x", "limit", "must be a whole number from 1 to 100"),
            ("cursor=nonsense", "cursor", "must be a next_cursor of an earlier page"),
            ("state=dead", "state", "must be live, paused, expired, revoked or all"),
        ])
    func badQuery(_ query: String, _ field: String, _ detail: String) async {
        let response = await api.call("GET", "/api/v1/tokens?\(query)", as: manager.secret)
        #expect(response.status == 400)
        #expect(
            response.json
                == problem(
                    "invalid-query", "Invalid query", 400, "\(field) \(detail).",
                    errors: [(field, detail)]))
    }

    @Test("a plain token does not see the others")
    func plain() async throws {
        let secret = try await house.token("plain", of: alice).secret
        #expect(await api.call("GET", "/api/v1/tokens", as: secret).status == 403)
    }
}
