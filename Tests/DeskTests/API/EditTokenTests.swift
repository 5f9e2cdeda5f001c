import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskAPI

@Suite("PATCH /api/v1/tokens/{id}")
struct EditTokenTests {
    let house: TestHouse
    let api: APIHouse
    let alice: Subject

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        alice = try await house.person("alice")
    }

    private func patch(_ id: TokenID, _ json: String, as secret: TokenSecret) async -> Response {
        await api.call(
            "PATCH", "/api/v1/tokens/\(id)", as: secret,
            headers: ["content-type": "application/merge-patch+json"], body: json)
    }

    private func changes() async throws -> [String] {
        try await house.ledger.events(about: alice.id, before: nil, limit: 100)
            .filter { $0.kind == .tokenChanged }.map(\.detail)
    }

    @Test("changes what is named, keeps the rest, and the event says what")
    func all() async throws {
        let manager = try await api.manager(of: alice).secret
        let (token, secret) = try await house.token("ci", of: alice)
        let response = await patch(
            token.id,
            """
            {"name": "CI", "description": "nightly", "scopes": ["git:read"], "addresses": ["10.0.0.0/8"],
             "expires_at": "2027-01-31"}
            """, as: manager)
        #expect(response.status == 200)
        let changed = try #require(try await house.kept(secret.digest))
        #expect(response.json == body(changed))
        #expect(changed.name.text == "CI" && changed.description == "nightly")
        #expect(changed.scopes == Scopes(text: "git:read"))
        #expect(changed.addresses == [AddressRange("10.0.0.0/8")])
        #expect(changed.expiresAt == Timestamp(rfc3339: "2027-02-01T00:00:00Z"))
        #expect(changed.expirySetAt == house.now && changed.id == token.id)
        #expect(
            try await changes() == [
                "CI: name (was “ci”); description; scopes to git:read (were every service); "
                    + "addresses to 10.0.0.0/8 (were anywhere); expiry to 2027-02-01T00:00:00Z (was none)"
            ])
        // What is left out stays.
        #expect(await patch(token.id, #"{"description": null}"#, as: manager).status == 200)
        let again = try #require(try await house.kept(secret.digest))
        #expect(again.description == "" && again.scopes == changed.scopes && again.name == changed.name)
    }

    @Test(
        "what changes nothing keeps no event",
        arguments: ["", "{}", #"{"name": "ci"}"#, #"{"scopes": ["git"]}"#])
    func nothing(json: String) async throws {
        let manager = try await api.manager(of: alice).secret
        let token = try await house.token("ci", of: alice, scopes: ["git"]).token
        let response = await patch(token.id, json, as: manager)
        #expect(response.status == 200 && response.json == body(token))
        #expect(try await changes().isEmpty)
    }

    @Test(
        "refuses more than there is, with a sentence",
        arguments: [
            (
                "git:read", #"{"scopes": ["git:write"]}"#, "scopes",
                "can only shrink: “git:write” is not covered by “git:read”; create a new token for more"
            ),
            (
                "git:read maven", #"{"scopes": []}"#, "scopes",
                "can only shrink: no scopes at all would mean every service; create a new token for more"
            ),
            (
                "git:read", #"{"scopes": null}"#, "scopes",
                "can only shrink: no scopes at all would mean every service; create a new token for more"
            ),
            (
                "", #"{"scopes": ["git", "jeton:manage"]}"#, "scopes",
                "can only shrink: “jeton:manage” is not covered by every service; create a new token for more"
            ),
            (
                "a b c d", #"{"scopes": ["git"]}"#, "scopes",
                "can only shrink: “git” is not covered by “a”, “b”, “c” and 1 more; create a new token for more"
            ),
            ("", #"{"scopes": ["nosuch"]}"#, "scopes", "unknown scope “nosuch”"),
            ("", #"{"scopes": ["repos"]}"#, "scopes", "“repos” is not possible: alice is in no group"),
            ("git", #"{"scopes": ["git:/x"]}"#, "scopes", "“git:/x” names a path, and git has none"),
            (
                "", #"{"expires_at": "2027-03-01T00:00:00Z"}"#, "expires_at",
                "can only be earlier than 2027-01-31T08:00:00Z: create a new token for longer"
            ),
            (
                "", #"{"expires_at": null}"#, "expires_at",
                "can only be earlier than 2027-01-31T08:00:00Z: create a new token for longer"
            ),
            ("", #"{"expires_at": "2026-01-31T08:00:00Z"}"#, "expires_at", "must be in the future"),
            ("", #"{"name": null}"#, "name", "is missing"),
            ("", #"{"name": ""}"#, "name", "must not be empty"),
            ("", #"{"name": "other"}"#, "name", "is taken by another active token"),
            ("", #"{"description": "a\nb"}"#, "description", "must not hold control characters"),
            ("", #"{"description": 1}"#, "description", "must be a string"),
            ("", #"{"addresses": ["home"]}"#, "addresses", "“home” is not an IP address"),
            ("", #"{"state": "live"}"#, "state", "is unknown here"),
        ])
    func refused(scopes: String, json: String, field: String, detail: String) async throws {
        let manager = try await api.manager(of: alice).secret
        _ = try await house.token("other", of: alice)
        let (token, secret) = try await house.token(
            "ci", of: alice, scopes: scopes.split(separator: " ").map(String.init),
            expiresAt: house.now + .days(365))
        let response = await patch(token.id, json, as: manager)
        #expect(response.status == 422)
        let errors = response.json?["errors"]?.array ?? []
        #expect(errors.count == 1 && errors.first?["field"]?.string == field)
        #expect(errors.first?["detail"]?.string?.hasPrefix(detail) == true, "\(errors)")
        #expect(try await house.kept(secret.digest) == token)
        #expect(try await changes().isEmpty)
    }

    @Test(
        "refuses a name and a description that hold a secret, and does not repeat it",
        arguments: ["name", "description"])
    func secretInside(field: String) async throws {
        let (manager, secret) = try await api.manager(of: alice)
        let response = await patch(manager.id, "{\"\(field)\": \"x \(secret.reveal())\"}", as: secret)
        #expect(response.status == 422)
        #expect(response.json?["detail"]?.string == "\(field) must not contain a token.")
        #expect(!String(decoding: response.body, as: UTF8.self).contains(secret.reveal()))
    }

    @Test("a scope of a service that is no longer configured stays")
    func goneService() async throws {
        let manager = try await api.manager(of: alice).secret
        let (token, secret) = try await house.token("ci", of: alice, scopes: ["gone:read", "git"])
        #expect(await patch(token.id, #"{"scopes": ["gone:read", "git:read"]}"#, as: manager).status == 200)
        #expect(try await house.kept(secret.digest)?.scopes == Scopes(text: "gone:read git:read"))
    }

    @Test("needs jeton:manage, an active token, and the own one")
    func who() async throws {
        let manager = try await api.manager(of: alice).secret
        let (plain, secret) = try await house.token("ci", of: alice)
        #expect(await patch(plain.id, #"{"name": "x"}"#, as: secret).status == 403)
        let rotator = try await house.token("rotator", of: alice, scopes: ["jeton:rotate", "git"])
        #expect(await patch(rotator.token.id, #"{"name": "x"}"#, as: rotator.secret).status == 403)
        let bob = try await house.person("bob")
        let foreign = try await house.token("bobs", of: bob).token
        #expect(await patch(foreign.id, #"{"name": "x"}"#, as: manager).status == 404)
        try await house.revoke(plain)
        let ended = await patch(plain.id, #"{"name": "x"}"#, as: manager)
        #expect(ended.status == 409 && ended.json?["type"]?.string == "urn:jeton:problem:not-live")
    }

    @Test("a token cannot open a token that manages to other addresses, a person can")
    func widening() async throws {
        let secret = try await api.manager(of: alice).secret
        let bound = try await house.token(
            "bound", of: alice, scopes: ["jeton:manage"], addresses: ["10.0.0.0/8"]
        ).token
        for wider in ["[]", "null", #"["10.0.0.0/8", "192.0.2.1"]"#] {
            let response = await patch(bound.id, "{\"addresses\": \(wider)}", as: secret)
            #expect(response.status == 403)
            #expect(
                response.json?["detail"]?.string
                    == "A token that may manage tokens can be given more addresses only by a person who is signed in."
            )
        }
        #expect(await patch(bound.id, #"{"addresses": ["10.1.0.0/16"]}"#, as: secret).status == 200)
        var headers = try await api.cookie(of: alice)
        headers["content-type"] = "application/json"
        let person = await api.call(
            "PATCH", "/api/v1/tokens/\(bound.id)", headers: headers, body: #"{"addresses": []}"#)
        #expect(person.status == 200 && person.json?["addresses"] == [])
    }

    @Test("the previous secret shrinks with the token")
    func previousSecret() async throws {
        let manager = try await api.manager(of: alice).secret
        let (token, secret) = try await house.token("ci", of: alice, scopes: ["git", "maven"])
        let rotated = await api.call(
            "POST", "/api/v1/tokens/\(token.id)/rotate", as: manager, body: #"{"overlap_seconds": 3600}"#)
        #expect(rotated.status == 201)
        #expect(await patch(token.id, #"{"scopes": ["git:read"]}"#, as: manager).status == 200)
        #expect(house.record(secret.digest)?.scopes == Scopes(text: "git:read"))
    }

    @Test("takes JSON only, and says which")
    func contentType() async throws {
        let manager = try await api.manager(of: alice).secret
        let token = try await house.token("ci", of: alice).token
        let response = await api.call(
            "PATCH", "/api/v1/tokens/\(token.id)", as: manager,
            headers: ["content-type": "application/json-patch+json"], body: "[]")
        #expect(response.status == 415)
        #expect(response.headers["Accept-Patch"] == "application/merge-patch+json, application/json")
    }
}
