import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskAPI

@Suite("POST /api/v1/tokens/{id}/rotate")
struct RotateTokenTests {
    let house: TestHouse
    let api: APIHouse
    let alice: Subject

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        alice = try await house.person("alice")
    }

    private func secret(_ response: Response) throws -> TokenSecret {
        let text = try #require(response.json?["secret"]?.string)
        return try #require(TokenFormat.standard.parse(text))
    }

    @Test("the token keeps its identifier, and the previous secret ends as asked for")
    func rotate() async throws {
        let manager = try await api.manager(of: alice).secret
        let old = try await house.token("ci", of: alice, scopes: ["git:read"])
        house.pass(.minutes(1))
        let address = "/api/v1/tokens/\(old.token.id)/rotate"
        let response = await api.call("POST", address, as: manager, body: #"{"overlap_seconds": 3600}"#)
        #expect(response.status == 201)
        #expect(response.json?["id"]?.string == old.token.id.text)
        #expect(response.headers["Location"] == "/api/v1/tokens/\(old.token.id)")
        #expect(response.json?["rotated_at"]?.string == house.clock.now.rfc3339)
        let new = try secret(response)
        #expect(house.record(new.digest)?.id == old.token.id)
        #expect(house.record(old.secret.digest)?.expiresAt == house.clock.now + .hours(1))
        let again = await api.call("POST", address, as: manager, body: #"{"overlap_seconds": 0}"#)
        #expect(again.status == 409)
        #expect(again.json?["type"]?.string == "urn:jeton:problem:being-rotated")
        let previous = "/api/v1/tokens/\(old.token.id)/previous-secret"
        #expect(await api.call("GET", previous, as: manager).status == 200)
        for _ in 0..<2 { #expect(await api.call("DELETE", previous, as: manager).status == 204) }
        #expect(await api.call("GET", previous, as: manager).status == 404)
        #expect(house.record(old.secret.digest)?.isRevoked == true)
        #expect(await api.call("POST", address, as: manager, body: #"{"overlap_seconds": 0}"#).status == 201)
    }

    @Test("without a choice the previous secret works until everything has moved, if there is anything")
    func usual() async throws {
        let manager = try await api.manager(of: alice).secret
        for isUsed in [false, true] {
            let token = try await house.token("used \(isUsed)", of: alice).token
            if isUsed {
                try await house.ledger.record([
                    Use(
                        secret: token.secret, service: "git", address: "192.0.2.1", client: "Git 2.39.5",
                        lastAt: house.clock.now, count: 1)
                ])
            }
            house.pass(.seconds(1))
            _ = await api.call("POST", "/api/v1/tokens/\(token.id)/rotate", as: manager)
            let previous = try await house.ledger.previousSecrets(of: token.id, at: house.clock.now)
            #expect(previous.map(\.endsWhenMoved) == (isUsed ? [true] : []))
        }
    }

    @Test("everything has moved when each place has used the new secret, whatever its client's version")
    func moved() async throws {
        let manager = try await api.manager(of: alice).secret
        let token = try await house.token("ci", of: alice).token
        func use(_ secret: SecretID, _ address: String, _ client: String) async throws {
            house.pass(.minutes(1))
            try await house.ledger.record([
                Use(
                    secret: secret, service: "git", address: address, client: client,
                    lastAt: house.clock.now, count: 1)
            ])
        }
        try await use(token.secret, "192.0.2.1", "Git 2.39.5")
        try await use(token.secret, "192.0.2.2", "Git 2.39.5")
        house.pass(.minutes(1))
        let address = "/api/v1/tokens/\(token.id)"
        let rotated = await api.call(
            "POST", "\(address)/rotate", as: manager, body: #"{"overlap": "until_moved"}"#)
        let current = try #require(house.record(try secret(rotated).digest)).secret
        func waiting() async throws -> [String] {
            #expect(try await api.desk.endMoved([token.secret]) == [])
            let body = await api.call("GET", "\(address)/previous-secret", as: manager).json
            let places = body?["places"]?.array ?? []
            #expect(places.count == 2)
            return places.filter { $0["moved"] == false }.compactMap { $0["address"]?.string }.sorted()
        }
        #expect(try await waiting() == ["192.0.2.1", "192.0.2.2"])
        try await use(current, "192.0.2.1", "Git 2.40.0")
        #expect(try await waiting() == ["192.0.2.2"])
        // A second job at the same place still has the previous secret.
        try await use(token.secret, "192.0.2.1", "Git 2.39.5")
        #expect(try await waiting() == ["192.0.2.1", "192.0.2.2"])
        try await use(current, "192.0.2.1", "Git 2.40.0")
        try await use(current, "192.0.2.2", "Git 2.39.5")
        let moved = try await api.desk.endMoved([])
        #expect(moved == [token.secret])
        // Another node tells of an earlier use later.
        try await use(token.secret, "192.0.2.3", "Git 2.39.5")
        #expect(try await api.desk.endMoved(moved) == [])
        try await use(current, "192.0.2.3", "Git 2.39.5")
        #expect(try await api.desk.endMoved([]) == moved)
        #expect(try await !house.ledger.previousSecrets(of: token.id, at: house.clock.now).isEmpty)
        #expect(try await api.desk.endMoved(moved) == [])
        #expect(try await house.ledger.previousSecrets(of: token.id, at: house.clock.now).isEmpty)
        let event = try await house.ledger.events(about: alice.id, before: nil, limit: 1).first
        #expect(event?.kind == .secretEnded)
        #expect(
            event?.detail == "ci, the previous secret: everything has moved "
                + "(git 192.0.2.3 Git 2.39.5, git 192.0.2.1 Git 2.39.5, git 192.0.2.2 Git 2.39.5)")
    }

    @Test("CVE-2026-96460 (Keycloak): a person renews the lifetime, and a token never moves an expiry")
    func expiry() async throws {
        let end = house.clock.now + .days(30)
        let manager = try await api.manager(of: alice).secret
        for route in ["rotate", "regenerate"] {
            let token = try await house.token("by token \(route)", of: alice, expiresAt: end).token
            house.pass(.seconds(1))
            let response = await api.call("POST", "/api/v1/tokens/\(token.id)/\(route)", as: manager)
            #expect(response.json?["expires_at"]?.string == end.rfc3339)
        }
        let token = try await house.token("by person", of: alice, expiresAt: house.clock.now + .days(30))
            .token
        house.pass(.days(10))
        for _ in 0..<2 {
            // A rotation by a token in between does not change the span.
            var headers = try await api.cookie(of: alice)
            headers["content-type"] = "application/json"
            house.pass(.seconds(1))
            let response = await api.call("POST", "/api/v1/tokens/\(token.id)/rotate", headers: headers)
            #expect(response.json?["expires_at"]?.string == (house.clock.now + .days(30)).rfc3339)
            house.pass(.hours(1))
            _ = await api.call("POST", "/api/v1/tokens/\(token.id)/rotate", as: manager)
        }
    }

    @Test("a token with jeton:rotate rotates itself and does nothing else at the desk")
    func itself() async throws {
        let (token, secret) = try await house.token("cron", of: alice, scopes: ["git", "jeton:rotate"])
        let other = try await house.token("other", of: alice).token
        house.pass(.seconds(1))
        #expect(await api.call("POST", "/api/v1/tokens/\(other.id)/rotate", as: secret).status == 403)
        #expect(await api.call("POST", "/api/v1/tokens/self/regenerate", as: secret).status == 403)
        #expect(
            await api.call("POST", "/api/v1/tokens/self/pause", as: secret, body: #"{"seconds": 60}"#).status
                == 403)
        let response = await api.call(
            "POST", "/api/v1/tokens/self/rotate", as: secret, body: #"{"overlap_seconds": 60}"#)
        #expect(response.status == 201)
        let new = try self.secret(response)
        #expect(house.record(new.digest)?.id == token.id)
        // The previous secret verifies at services, and rotates nothing.
        for route in ["POST rotate", "DELETE previous-secret", "GET previous-secret"] {
            let words = route.split(separator: " ")
            let refused = await api.call("\(words[0])", "/api/v1/tokens/self/\(words[1])", as: secret)
            #expect(refused.status == 403)
            #expect(refused.headers["X-Jeton-Reason"] == "previous_secret")
        }
        #expect(await api.call("DELETE", "/api/v1/tokens/self/previous-secret", as: new).status == 204)
        let plain = try await house.token("plain", of: alice, scopes: ["git"]).secret
        #expect(await api.call("POST", "/api/v1/tokens/self/rotate", as: plain).status == 403)
    }

    @Test("scripts that regenerate with an overlap and later delete the former identifier go on as before")
    func aliases() async throws {
        let manager = try await api.manager(of: alice).secret
        let (old, oldSecret) = try await house.token("ci", of: alice)
        house.pass(.seconds(1))
        let made = await api.call(
            "POST", "/api/v1/tokens/\(old.id)/regenerate", as: manager, body: #"{"overlap_seconds": 3600}"#)
        let new = try secret(made)
        let id = try #require(made.json?["id"]?.string)
        #expect(id != old.id.text)
        for _ in 0..<2 {
            #expect(await api.call("DELETE", "/api/v1/tokens/\(old.id)", as: manager).status == 204)
            #expect(house.record(oldSecret.digest)?.isRevoked == true)
            #expect(house.record(new.digest)?.isRevoked == false)
        }
        #expect(await api.call("DELETE", "/api/v1/tokens/\(id)", as: manager).status == 204)
        #expect(house.record(new.digest)?.isRevoked == true)
    }

    @Test("a previous secret revokes itself alone, and nothing after its end")
    func selfRevocation() async throws {
        let manager = try await api.manager(of: alice).secret
        let (token, old) = try await house.token("ci", of: alice)
        house.pass(.seconds(1))
        let new = try secret(
            await api.call(
                "POST", "/api/v1/tokens/\(token.id)/rotate", as: manager, body: #"{"overlap_seconds": 60}"#))
        #expect(await api.call("DELETE", "/api/v1/tokens/\(token.id)", as: old).status == 204)
        #expect(house.record(old.digest)?.isRevoked == true)
        #expect(house.record(new.digest)?.isRevoked == false)
        #expect(await api.call("DELETE", "/api/v1/tokens/\(token.id)", as: old).status == 401)
        #expect(house.record(new.digest)?.isRevoked == false)
    }

    @Test(
        "rotating with a secret that has ended revokes the token where the operator says so",
        arguments: [true, false])
    func reuse(revokes: Bool) async throws {
        let api = try APIHouse(house, revokesReused: revokes)
        let (_, old) = try await house.token("cron", of: alice, scopes: ["jeton:rotate"])
        house.pass(.seconds(1))
        let new = try secret(
            await api.call(
                "POST", "/api/v1/tokens/self/rotate", as: old, body: #"{"overlap_seconds": 60}"#))
        // While it works it is only refused.
        #expect(await api.call("POST", "/api/v1/tokens/self/rotate", as: old).status == 403)
        #expect(house.record(new.digest)?.isRevoked == false)
        house.pass(.minutes(2))
        #expect(await api.call("GET", "/api/v1/me", as: old).status == 401)
        #expect(house.record(new.digest)?.isRevoked == false)
        #expect(await api.call("POST", "/api/v1/tokens/self/rotate", as: old).status == 401)
        #expect(house.record(new.digest)?.isRevoked == revokes)
    }

    @Test("a token is paused and resumed by its owner, who does not lift another's pause")
    func pause() async throws {
        let manager = try await api.manager(of: alice).secret
        let (token, secret) = try await house.token("ci", of: alice)
        let address = "/api/v1/tokens/\(token.id)"
        let paused = await api.call("POST", "\(address)/pause", as: manager, body: #"{"seconds": 900}"#)
        #expect(paused.json?["state"]?.string == "paused")
        #expect(
            paused.json?["pauses"]
                == [
                    [
                        "source": "owner", "at": .string(house.clock.now.rfc3339),
                        "until": .string((house.clock.now + .minutes(15)).rfc3339),
                        "by": .string(alice.id.text),
                    ]
                ])
        #expect(await api.call("GET", "/api/v1/me", as: secret).status == 403)
        #expect(await api.call("POST", "\(address)/resume", as: secret).status == 403)
        let resumed = await api.call("POST", "\(address)/resume", as: manager)
        #expect(resumed.json?["state"]?.string == "live")
        try await api.desk.pause(token.id, of: nil, for: .hours(1), by: .commandLine)
        let refused = await api.call("POST", "\(address)/resume", as: manager)
        #expect(
            (refused.status, refused.json?["detail"]?.string) == (
                403, "You did not pause this token: ask an administrator to resume it."
            ))
        for seconds in ["59", "2592001", "\"1h\"", "null"] {
            let invalid = await api.call(
                "POST", "\(address)/pause", as: manager, body: "{\"seconds\": \(seconds)}")
            #expect(invalid.status == 422)
        }
        try await house.revoke(token)
        #expect(
            await api.call("POST", "\(address)/pause", as: manager, body: #"{"seconds": 60}"#).status == 409)
    }
}
