import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskAPI

@Suite("POST /api/v1/tokens/{id}/hand-over")
struct HandOverTokenTests {
    let house: TestHouse
    let api: APIHouse
    let alice: Subject

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        alice = try await house.person("alice", groups: ["build-team"])
        let accounts = AccountDesk(ledger: house.ledger, clock: house.clock, services: nil)
        _ = try await accounts.add(
            AccountDraft(login: "bot-ci", purpose: "Nightly builds", owners: ["build-team"]), by: .commandLine
        )
    }

    @Test("a steward hands a token of theirs over, with another name")
    func handOver() async throws {
        let (token, secret) = try await house.token("ci", of: alice)
        let response = await api.call(
            "POST", "/api/v1/tokens/\(token.id)/hand-over", headers: try await api.cookie(of: alice),
            body: #"{"account": "bot-ci", "name": "nightly"}"#)
        #expect(response.status == 200)
        let json = try #require(response.json)
        #expect(json["name"] == "nightly" && json["id"] == .string(token.id.text))
        #expect(json["scopes"] == ["git", "maven"])
        #expect(
            json["handed_over"]
                == ["from": .string(alice.id.text), "at": .string(house.now.rfc3339)])
        #expect(house.record(secret.digest)?.formerOwner == alice.id)
        // It is the account's now, of which she is a steward.
        #expect(json["owner"] == ["login": "bot-ci", "kind": "service-account"])
        let after = await api.call(
            "GET", "/api/v1/tokens/\(token.id)", headers: try await api.cookie(of: alice))
        #expect(after.json == json)
    }

    @Test("no token hands over, and what is wrong is said by field")
    func refused() async throws {
        let (token, secret) = try await house.token("ci", of: alice)
        let manager = try await api.manager(of: alice).secret
        let path = "/api/v1/tokens/\(token.id)/hand-over"
        for caller in [manager, secret] {
            let response = await api.call("POST", path, as: caller, body: #"{"account": "bot-ci"}"#)
            #expect(response.status == 403)
        }
        let cookie = try await api.cookie(of: alice)
        let unknown = await api.call("POST", path, headers: cookie, body: #"{"account": "bot-x"}"#)
        #expect(
            unknown.json
                == problem(
                    "invalid-fields", "Invalid fields", 422,
                    "there is no such service account: use the login of one.",
                    errors: [("account", "there is no such service account: use the login of one")]))
        let missing = await api.call("POST", path, headers: cookie, body: "{}")
        #expect(missing.status == 422)
    }

    @Test("who is no steward asks with a reason")
    func asks() async throws {
        let bob = try await house.person("bob")
        let (token, secret) = try await house.token("ci", of: bob)
        let path = "/api/v1/tokens/\(token.id)/hand-over"
        let cookie = try await api.cookie(of: bob)
        let asked = await api.call(
            "POST", path, headers: cookie, body: #"{"account": "bot-ci", "reason": "I leave"}"#)
        #expect(asked.status == 202)
        #expect(asked.json?["kind"] == "hand_over" && asked.json?["owner"] == "bot-ci")
        let location = try #require(asked.headers["Location"])
        let decided = await api.call(
            "POST", "\(location)/approve", headers: try await api.cookie(of: alice), body: "{}")
        #expect(decided.status == 200)
        let manager = try await api.manager(of: bob).secret
        #expect(await api.call("POST", "\(location)/token", as: manager, body: "{}").status == 403)
        let done = await api.call("POST", "\(location)/token", headers: cookie, body: "{}")
        #expect(done.status == 200 && done.json?["secret"] == nil)
        #expect(house.record(secret.digest)?.formerOwner == bob.id)
    }
}
