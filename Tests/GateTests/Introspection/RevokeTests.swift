import Foundation
import HTTPServer
import Ledger
import SQL
import SQLite
import TestHouse
import Testing
import TokenIndex
import Tokens

@testable import Gate

@Suite("POST /oauth/revoke")
struct RevokeTests {
    let house: TestHouse
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house)
    }

    private static let done = Response(status: 200, headers: ["Cache-Control": "no-store"])

    @Test("who holds the whole token ends it, without any other proof")
    func holder() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        #expect(await gate.ask("GET", "/verify/git", ["private-token": secret.reveal()]).status == 200)
        let response = await gate.post("/oauth/revoke", "token=\(secret.reveal())", [:], peer: address)
        #expect(response == Self.done)
        #expect(
            await gate.ask("GET", "/verify/git", ["private-token": secret.reveal()]).reason == "revoked")
        let now = house.clock.now
        #expect(
            try await house.ledger.token(token.id)?.revocation
                == Token.Revocation(at: now, by: nil, reason: .byItself))
        let event = try #require(try await house.ledger.events(about: alice.id, before: nil, limit: 1).first)
        #expect(
            event
                == Event(
                    id: event.id, .tokenRevoked, at: now, actor: nil, subject: alice.id, token: token.id,
                    address: "192.0.2.1", detail: "ci (by who held it)"))
    }

    @Test("a service that says who it is stands in the event")
    func service() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        #expect(await gate.post("/oauth/revoke", "token=\(secret.reveal())") == Self.done)
        #expect(try await house.ledger.token(token.id)?.revocation?.reason == .byService)
        let event = try #require(try await house.ledger.events(about: alice.id, before: nil, limit: 1).first)
        #expect(event.detail == "ci (by the service maven)")
        #expect(
            await gate.post("/oauth/introspect", "token=\(secret.reveal())").text == "{\"active\":false}\n")
    }

    @Test("a secret that is wrong ends nothing")
    func wrongSecret() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let response = await gate.post(
            "/oauth/revoke", "token=\(secret.reveal())", ["authorization": basic("maven", "not the secret")])
        #expect(response.status == 401)
        #expect(response.text.contains("\"error\":\"invalid_client\""))
        #expect(try await house.ledger.token(token.id)?.revocation == nil)
    }

    @Test("what is no live token gets the same answer, and changes nothing")
    func unknown() async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        try await house.revoke(token)
        let before = try await house.ledger.events(about: nil, before: nil, limit: 100)
        for text in [secret.reveal(), TokenFormat.standard.makeSecret().reveal(), "hunter2"] {
            #expect(await gate.post("/oauth/revoke", "token=\(text)&token_type_hint=x", [:]) == Self.done)
        }
        #expect(try await house.ledger.events(about: nil, before: nil, limit: 100) == before)
        #expect(try await house.ledger.token(token.id)?.revocation?.reason == .byOwner)
    }

    @Test("whoever sends a token with something around it is told that nothing was revoked")
    func around() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice).secret.reveal()
        for (text, sentence) in [
            ("%22\(secret)%22", "there is a token in this"), ("\(secret)%0A", "there is a token in this"),
            ("Bearer+\(secret)", "there is a token in this"),
            (String(secret.dropLast()), "cut off or mistyped"),
        ] {
            let response = await gate.post("/oauth/revoke", "token=\(text)", [:])
            #expect(response.status == 400)
            #expect(response.text.contains(sentence))
        }
        #expect(await gate.ask("GET", "/verify/maven", ["private-token": secret]).status == 200)
    }

    @Test("a token that this node does not know yet is ended, too", arguments: [true, false])
    func elsewhere(whole: Bool) async throws {
        let alice = try await house.person("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let behind = try GateHouse(house, index: TokenIndex(whole: whole))
        #expect(await behind.post("/oauth/revoke", "token=\(secret.reveal())", [:]) == Self.done)
        #expect(try await house.ledger.token(token.id)?.revocation?.reason == .byItself)
    }

    @Test("an expired token and one of a suspended owner are ended for good, too")
    func notActive() async throws {
        let alice = try await house.person("alice")
        let expired = try await house.token("expired", of: alice, expiresAt: house.clock.now)
        let other = try await house.token("other", of: alice)
        try await house.suspend(alice)
        for (token, secret) in [expired, other] {
            #expect(await gate.post("/oauth/revoke", "token=\(secret.reveal())", [:]) == Self.done)
            #expect(try await house.ledger.token(token.id)?.revocation?.reason == .byItself)
        }
    }

    @Test(
        "what is not as the RFC has it is refused",
        arguments: [
            ("", "the parameter token is missing"), ("token=a&token=b", "a parameter is sent more than once"),
        ])
    func invalid(_ form: String, _ sentence: String) async {
        let response = await gate.post("/oauth/revoke", form, [:])
        #expect(response.status == 400)
        #expect(
            response.text == "{\"error\":\"invalid_request\",\"error_description\":\"\(sentence)\"}\n")
    }

    @Test("a ledger that fails says that the token still works")
    func ledgerFails() async throws {
        let alice = try await house.person("alice")
        let secret = try await house.token("ci", of: alice).secret
        try Database(path: house.folder.appending(path: "jeton.db").path, creates: false).execute(
            "CREATE TRIGGER broken BEFORE UPDATE ON tokens BEGIN SELECT RAISE(FAIL, 'broken'); END")
        let response = await gate.post("/oauth/revoke", "token=\(secret.reveal())", [:])
        #expect(response.status == 503)
        #expect(response.headers["Retry-After"] == "5")
        #expect(response.text.contains("\"temporarily_unavailable\""))
        #expect(await gate.ask("GET", "/verify/git", ["private-token": secret.reveal()]).status == 200)
    }

    @Test("that nothing was changed is told only where that is known")
    func uncertain() {
        #expect(OAuthFault.ledger(.failed(reason: "full")).response.text.contains("nothing was changed"))
        let response = OAuthFault.ledger(.uncertain(reason: "lost")).response
        #expect(response.status == 503)
        #expect(response.text.contains("may have been done or not: do it again in a moment"))
    }

    private var address: IPAddress { IPAddress("192.0.2.1") ?? .loopback }

    @Test(
        "what anybody may send is little, and more is refused",
        arguments: [
            ("token=x&" + (1..<10).map { "p\($0)=1" }.joined(separator: "&"), 200),
            ("token=x&" + (1..<11).map { "p\($0)=1" }.joined(separator: "&"), 400),
            (String(repeating: "a&", count: 4000), 400),
            ("token=" + String(repeating: "x", count: 8 * 1024 - 6), 200),
            ("token=" + String(repeating: "x", count: 8 * 1024 - 5), 413),
        ])
    func bounds(form: String, status: Int) async throws {
        for path in ["/oauth/revoke", "/oauth/introspect"] {
            #expect(await gate.post(path, form).status == status)
        }
    }
}
