import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import SCIM

@Suite("Who may provision") struct AccessTests {
    private static let routes = [
        ("GET", "/Users"), ("POST", "/Users"), ("POST", "/Users/.search"), ("GET", "/Users/x"),
        ("PUT", "/Users/x"),
        ("PATCH", "/Users/x"), ("DELETE", "/Users/x"), ("GET", "/Groups"), ("POST", "/Groups"),
        ("POST", "/Groups/.search"), ("GET", "/Groups/x"), ("PUT", "/Groups/x"), ("PATCH", "/Groups/x"),
        ("DELETE", "/Groups/x"), ("POST", "/.search"), ("GET", "/ServiceProviderConfig"), ("GET", "/Schemas"),
        ("GET", "/Schemas/x"), ("GET", "/ResourceTypes"), ("GET", "/ResourceTypes/x"),
    ]

    @Test("nobody without a token for it", arguments: routes)
    func refused(method: String, path: String) async throws {
        let scim = try await SCIMHouse()
        let nobody = await scim.application.respond(to: Request(method, "/scim/v2\(path)"))
        #expect(nobody.status == 401)
        #expect(nobody.headers["WWW-Authenticate"] == "Bearer realm=\"Jeton\"")
        #expect(nobody.headers["Content-Type"] == "application/scim+json")
        for scopes in [
            [], ["jeton:manage"], ["maven"], ["jeton:scim", "maven"], ["jeton:scim", "jeton:manage"],
        ] {
            let (token, secret) = try await scim.house.token("t", of: scim.root, scopes: scopes)
            let answer = await scim.call(method, path, [:], as: secret)
            #expect(answer.status == 403, "\(scopes)")
            #expect(answer.headers["X-Jeton-Reason"] == "insufficient_scope")
            try await scim.house.revoke(token)
        }
    }

    @Test("a token provisions as long as its owner administers and is not suspended")
    func owner() async throws {
        let scim = try await SCIMHouse()
        #expect(await scim.call("GET", "/Users").status == 200)
        var root = scim.root
        root.isAdministrator = false
        try await scim.house.ledger.update(
            root, event: Event(.subjectChanged, at: scim.house.clock.now, actor: nil))
        let demoted = await scim.call("GET", "/Users")
        #expect(demoted.fault == "403 -")
        #expect(demoted.json?["detail"]?.string?.contains("is no longer an administrator") == true)
        try await scim.house.suspend(scim.root)
        let suspended = await scim.call("GET", "/Users")
        #expect(suspended.status == 403)
        #expect(suspended.headers["X-Jeton-Reason"] == "owner_suspended")
        #expect(suspended.headers["WWW-Authenticate"] == nil)
    }

    @Test("a token that is bound to addresses provisions from there alone")
    func addresses() async throws {
        let scim = try await SCIMHouse()
        for (range, status) in [("127.0.0.0/8", 200), ("203.0.113.0/24", 403)] {
            let (_, secret) = try await scim.house.token(
                range, of: scim.root, scopes: ["jeton:scim"], addresses: [range])
            let answer = await scim.call("GET", "/Users", as: secret)
            #expect(answer.status == status)
        }
    }

    @Test("a token that has ended is refused with its reason, and guesses are slowed")
    func ended() async throws {
        let scim = try await SCIMHouse()
        let (token, secret) = try await scim.house.token("old", of: scim.root, scopes: ["jeton:scim"])
        try await scim.house.revoke(token)
        let revoked = await scim.call("GET", "/Users", as: secret)
        #expect(revoked.headers["X-Jeton-Reason"] == "revoked")
        #expect(revoked.headers["WWW-Authenticate"] == "Bearer realm=\"Jeton\", error=\"invalid_token\"")
        var statuses: Set<Int> = []
        for _ in 0..<100 {
            statuses.insert(await scim.call("GET", "/Users", as: TokenFormat.standard.makeSecret()).status)
        }
        #expect(statuses == [401, 429])
        #expect(await scim.call("GET", "/Users").status == 200)
    }

    @Test("what is not there, or has not the method, is an error of SCIM's")
    func unknown() async throws {
        let scim = try await SCIMHouse()
        let missing = await scim.call("GET", "/Nothing")
        #expect((missing.status, missing.json?["status"]) == (404, "404"))
        let method = await scim.call("DELETE", "/Schemas")
        #expect((method.status, method.headers["Allow"]) == (405, "GET, HEAD"))
        #expect(method.json?["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"])
    }

    @Test("discovery describes what the service supports")
    func discovery() async throws {
        let scim = try await SCIMHouse()
        let config = await scim.call("GET", "/ServiceProviderConfig").json
        for (feature, supported) in [
            ("patch", true), ("bulk", false), ("filter", true), ("changePassword", false), ("sort", true),
            ("etag", true),
        ] {
            #expect(config?[feature]?["supported"] == .bool(supported), "\(feature)")
        }
        let types = await scim.call("GET", "/ResourceTypes").json?["Resources"]?.array ?? []
        #expect(types.map { $0["endpoint"] } == ["/Users", "/Groups"])
        for type in types {
            let schema = try #require(type["schema"]?.string)
            let told = await scim.call("GET", "/Schemas/\(schema)")
            #expect((told.status, told.json?["id"]) == (200, .string(schema)))
        }
        #expect(await scim.call("GET", "/Schemas").json?["totalResults"] == 2)
        #expect(await scim.call("GET", "/Schemas/x").status == 404)
    }

    @Test("an error says that nothing was changed only if that is known")
    func uncertain() {
        #expect(SCIMFault(.failed(reason: "the disk is full")).detail.contains("nothing was changed"))
        let uncertain = SCIMFault(.uncertain(reason: "the connection was lost"))
        #expect(uncertain.status == 503)
        #expect(uncertain.detail.contains("may or may not have been made: read the resource again"))
    }
}
