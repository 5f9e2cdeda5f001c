import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import DeskAPI

@Suite("POST /api/v1/tokens/{id}/regenerate")
struct RegenerateTokenTests {
    let house: TestHouse
    let api: APIHouse
    let alice: Subject

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        alice = try await house.person("alice")
    }

    @Test("a new secret with the same name and scopes; the old one ends now")
    func now() async throws {
        let manager = try await api.manager(of: alice).secret
        let old = try await house.token("ci", of: alice, scopes: ["git:read"])
        house.pass(.days(1))
        let response = await api.call("POST", "/api/v1/tokens/\(old.token.id)/regenerate", as: manager)
        #expect(response.status == 201)
        let secret = try #require(response.json?["secret"]?.string)
        let digest = try #require(TokenFormat.standard.parse(secret)?.digest)
        let fresh = try #require(try await house.kept(digest))
        #expect(response.json == body(fresh, secret: secret))
        #expect(fresh.name == old.token.name)
        #expect(fresh.scopes == old.token.scopes)
        #expect(fresh.id != old.token.id && fresh.createdAt == old.token.createdAt)
        let ended = try #require(house.record(old.secret.digest))
        #expect(ended.isRevoked && ended.isPrevious && ended.id == fresh.id)
        // The former identifier is an alias.
        let alias = await api.call("GET", "/api/v1/tokens/\(old.token.id)", as: manager)
        #expect(alias.json?["id"]?.string == fresh.id.text)
    }

    @Test("with an overlap the old token works as long, and an expiry gets the same lifetime again")
    func overlap() async throws {
        let cookie = try await api.cookie(of: alice)
        let old = try await house.token("ci", of: alice, expiresAt: house.clock.now + .days(30))
        house.pass(.days(10))
        let response = await api.call(
            "POST", "/api/v1/tokens/\(old.token.id)/regenerate",
            headers: ["cookie": cookie["cookie"] ?? ""], body: #"{"overlap_seconds": 3600}"#)
        // The session is older than its idle time by now.
        #expect(response.status == 401)
        let again = await api.call(
            "POST", "/api/v1/tokens/\(old.token.id)/regenerate", headers: try await api.cookie(of: alice),
            body: #"{"overlap_seconds": 3600}"#)
        #expect(again.json?["expires_at"]?.string == "2026-03-12T08:00:00Z")
        let previous = try #require(house.record(old.secret.digest))
        #expect(previous.expiresAt == house.clock.now + .hours(1))
        #expect(previous.state(at: house.clock.now) == .active)
    }

    @Test("what was regenerated or revoked cannot be regenerated again")
    func notActive() async throws {
        let manager = try await api.manager(of: alice).secret
        let old = try await house.token("ci", of: alice).token
        let address = "/api/v1/tokens/\(old.id)/regenerate"
        #expect(await api.call("POST", address, as: manager).status == 201)
        let response = await api.call("POST", address, as: manager)
        #expect(response.status == 409)
        #expect(
            response.json
                == problem(
                    "not-live", "The token is not active", 409,
                    "This token is no longer active, or this is the identifier of an earlier secret: create a new token, or use the token's current identifier."
                ))
    }

    @Test("a token that may manage is regenerated only by a person")
    func manager() async throws {
        let (token, secret) = try await api.manager(of: alice)
        let address = "/api/v1/tokens/\(token.id)/regenerate"
        #expect(await api.call("POST", address, as: secret).status == 403)
        var headers = try await api.cookie(of: alice)
        headers["content-type"] = "application/json"
        #expect(await api.call("POST", address, headers: headers).status == 201)
    }

    @Test(
        "an invalid overlap is refused",
        arguments: [
            "-1", "604801", "1.5", "\"1h\"", "9223372036854775807", "-9223372036854775808", "1e300", "-1e300",
        ])
    func badOverlap(_ value: String) async throws {
        let manager = try await api.manager(of: alice).secret
        let old = try await house.token("ci", of: alice).token
        let response = await api.call(
            "POST", "/api/v1/tokens/\(old.id)/regenerate", as: manager,
            body: "{\"overlap_seconds\": \(value)}")
        #expect(response.status == 422)
        #expect(response.json?["errors"]?.array?.first?["field"]?.string == "overlap_seconds")
    }
}
