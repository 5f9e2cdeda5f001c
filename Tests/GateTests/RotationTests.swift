import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Gate

@Suite("Rotated and paused tokens at the gate")
struct RotationTests {
    let house: TestHouse
    let gate: GateHouse
    let alice: Subject
    let token: Token
    let secret: TokenSecret

    init() async throws {
        house = try TestHouse()
        gate = try GateHouse(house)
        alice = try await house.person("alice")
        (token, secret) = try await house.token("ci", of: alice)
    }

    private func ask(_ secret: TokenSecret, agent: String = "curl/8.5") async -> Response {
        await gate.ask(
            "GET", "/verify/maven", ["Authorization": basic("alice", secret), "User-Agent": agent])
    }

    /// Rotates the token. Returns its new secret.
    private func rotate(overlap: TimeSpan) async throws -> TokenSecret {
        let now = house.clock.now
        let new = TokenFormat.standard.makeSecret()
        try await house.ledger.rotate(
            token.id,
            Rotation(
                secret: .make(at: now), digest: new.digest, at: now, previousEndsAt: now + overlap,
                expiresAt: nil, expirySetAt: now),
            event: Event(.tokenRotated, at: now, actor: alice.id, subject: alice.id, token: token.id))
        return new
    }

    private func change(_ pauses: [Pause]) async throws {
        let event = Event(.tokenPaused, at: house.clock.now, actor: alice.id, token: token.id)
        try await house.ledger.change(token.id, at: house.clock.now) { token in
            token.pauses = pauses
            return [event]
        }
    }

    @Test("both secrets are granted as the same token until the overlap ends")
    func overlap() async throws {
        for _ in 0..<2 { #expect(await ask(secret).headers["X-Jeton-Token"] == token.id.text) }
        house.pass(.minutes(1))
        let new = try await rotate(overlap: .hours(1))
        for secret in [secret, new, secret, new] {
            let response = await ask(secret)
            #expect(response.status == 200)
            #expect(response.headers["X-Jeton-Token"] == token.id.text)
        }
        house.pass(.hours(1))
        let ended = await ask(secret)
        #expect((ended.status, ended.reason) == (401, "expired"))
        #expect(String(decoding: ended.body, as: UTF8.self).contains("was replaced by a newer one"))
        #expect(await ask(new).status == 200)
    }

    @Test("uses are counted for the secret that was presented")
    func uses() async throws {
        _ = await ask(secret)
        house.pass(.minutes(1))
        let new = try await rotate(overlap: .hours(1))
        for secret in [new, secret, secret] { _ = await ask(secret) }
        try await gate.uses.flush()
        let uses = try await house.ledger.uses(of: token.id, since: house.clock.now)
        let current = try #require(house.record(new.digest)).secret
        #expect(uses.first { $0.secret == current }?.count == 1)
        #expect(Set(uses.map(\.access)) == [.read])
        _ = await gate.ask(
            "GET", "/verify/maven",
            ["Authorization": basic("alice", new), "X-Original-Method": "PUT", "X-Original-URI": "/a"])
        try await gate.uses.flush()
        let all = try await house.ledger.uses(of: token.id, since: house.clock.now)
        #expect(all.filter { $0.secret == current }.map(\.access).contains(.write))
        #expect(uses.first { $0.secret == token.secret }?.count == 3)
    }

    @Test("a previous secret that is used after its end is an event, once a day for each client")
    func reuse() async throws {
        house.pass(.minutes(1))
        _ = try await rotate(overlap: .seconds(0))
        func alarms() async throws -> [Event] {
            try await gate.uses.flush()
            return try await house.ledger.events(about: alice.id, before: nil, limit: 100)
                .filter { $0.kind == .secretReused }
        }
        #expect(try await alarms().isEmpty)
        for _ in 0..<3 { #expect(await ask(secret).reason == "revoked") }
        let alarm = try #require(try await alarms().first)
        #expect(alarm.token == token.id && alarm.address == "127.0.0.1")
        #expect(alarm.detail == "ci, a previous secret at maven by curl 8.5")
        _ = await ask(secret)
        #expect(try await alarms().count == 1)
        _ = await ask(secret, agent: "git/2.39.5")
        #expect(try await alarms().count == 2)
        house.pass(.days(1))
        _ = await ask(secret)
        #expect(try await alarms().count == 3)
        // Once the whole token is revoked, its previous secret is no news.
        try await house.revoke(token)
        _ = await ask(secret, agent: "Apache-Maven/3.8.7")
        #expect(try await alarms().count == 3)
    }

    @Test("a paused token is refused with 403, by whom and until when, and works again by the clock")
    func pause() async throws {
        #expect(await ask(secret).status == 200)
        let end = house.clock.now + .minutes(15)
        try await change([Pause(source: .administrator, at: house.clock.now, until: end, by: nil)])
        for _ in 0..<2 {
            let refused = await ask(secret)
            #expect((refused.status, refused.reason) == (403, "paused"))
            #expect(
                String(decoding: refused.body, as: UTF8.self)
                    == "this token was paused by an administrator until \(end.rfc3339); "
                    + "it can be resumed at https://tokens.example.com/tokens\n")
        }
        house.pass(.minutes(15))
        for _ in 0..<2 { #expect(await ask(secret).status == 200) }
        // What was granted meanwhile is not remembered.
        let later = Pause(source: .owner, at: house.clock.now, until: nil, by: alice.id)
        try await change([later])
        #expect(await ask(secret).reason == "paused")
        try await change([])
        #expect(await ask(secret).status == 200)
    }

    @Test("refusals of a known token are recorded with their reason, and others are not")
    func refusals() async throws {
        let end = house.clock.now + .minutes(15)
        try await change([Pause(source: .owner, at: house.clock.now, until: end, by: alice.id)])
        for _ in 0..<3 { _ = await ask(secret) }
        _ = await ask(TokenFormat.standard.makeSecret())
        _ = await gate.ask("GET", "/verify/maven", ["Authorization": basic("bob", secret)])
        try await gate.uses.flush()
        let refusals = try await house.ledger.refusals(of: token.id, since: house.clock.now)
        #expect(refusals.map(\.denial) == [.paused, .paused])
        #expect(refusals.map(\.use.count).sorted() == [1, 3])
        #expect(refusals.first { $0.use.count == 3 }?.use.client == "curl 8.5")
        #expect(Set(refusals.map(\.use.service)) == ["maven"])
        #expect(Set(refusals.map(\.use.access)) == [.read])
        #expect(gate.uses.figures.written == 0)
    }

    @Test("a previous secret may be introspected; revoking it ends it alone, and later nothing")
    func oauth() async throws {
        house.pass(.minutes(1))
        let new = try await rotate(overlap: .hours(1))
        let found = await gate.post(
            "/oauth/introspect", "token=\(secret.reveal())")
        let json = try JSONValue(parsing: found.body)
        #expect(json["jti"]?.string == token.id.text)
        #expect(json["exp"] == .integer((house.clock.now + .hours(1)).seconds))
        for _ in 0..<2 {
            #expect(await gate.post("/oauth/revoke", "token=\(secret.reveal())").status == 200)
            #expect(await ask(secret).reason == "revoked")
            #expect(await ask(new).status == 200)
        }
        #expect(await gate.post("/oauth/revoke", "token=\(new.reveal())").status == 200)
        #expect(await ask(new).reason == "revoked")
        let kinds = try await house.ledger.events(about: alice.id, before: nil, limit: 100).map(\.kind)
        #expect(kinds.filter { $0 == .secretEnded || $0 == .tokenRevoked } == [.tokenRevoked, .secretEnded])
    }
}
