import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import DeskAPI

/// What the API says where the operator has rules about tokens.
@Suite("The API under rules about tokens")
struct NewTokenRulesTests {
    let house: TestHouse
    let api: APIHouse
    let alice: Subject
    let secret: TokenSecret

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        alice = try await house.person("alice", groups: ["dev"])
        secret = try await api.manager(of: alice).secret
    }

    private func rules(_ service: String? = nil, _ change: (inout TokenRules) -> Void) async throws {
        var policy = TokenPolicy()
        if let service {
            change(&policy.services[try ServiceName(service), default: TokenRules()])
        } else {
            change(&policy.all)
        }
        try await house.setTokenPolicy(policy)
    }

    private func create(_ members: String, name: String = "ci") async -> Response {
        await api.call("POST", "/api/v1/tokens", as: secret, body: #"{"name": "\#(name)"\#(members)}"#)
    }

    private func refusal(_ members: String) async -> String? {
        let response = await create(members)
        #expect(response.status == 422)
        return response.json?["detail"]?.string
    }

    @Test("an expiry that nobody chose is the default, and `never` is a choice")
    func defaultLifetime() async throws {
        try await rules { $0.defaultLifetime = .days(90) }
        let made = await create("")
        #expect(made.json?["expires_at"]?.string == (house.clock.now + .days(90)).rfc3339)
        #expect(await create(#", "expires_at": null"#, name: "b").json?["expires_at"] != .null)
        #expect(await create(#", "expires_at": "never""#, name: "c").json?["expires_at"] == .null)
        let late = (house.clock.now + .days(900)).rfc3339
        #expect(
            await create(#", "expires_at": "\#(late)""#, name: "d").json?["expires_at"]?.string == late)
    }

    @Test("an expiry must be within the longest lifetime")
    func maxLifetime() async throws {
        try await rules { $0.maxLifetime = .days(365) }
        let end = house.clock.now + .days(365)
        #expect(await create("").json?["expires_at"]?.string == end.rfc3339)
        #expect(
            await refusal(#", "expires_at": "never""#)
                == "expires_at is needed: tokens work for at most 365 days (tokens.max_lifetime).")
        #expect(
            await refusal(#", "expires_at": "\#((end + .days(2)).rfc3339)""#)
                == "expires_at must be within 365 days (tokens.max_lifetime).")
        // The last day that is allowed can be named.
        let last = await create(#", "expires_at": "\#(end.date)""#, name: "last")
        #expect(last.json?["expires_at"]?.string == end.rfc3339)
        try await rules("git") { $0.maxLifetime = .days(7) }
        #expect(
            await refusal(#", "scopes": ["git:read"], "expires_at": "\#(end.rfc3339)""#)
                == "expires_at must be within 7 days (services.git.tokens.max_lifetime).")
        #expect(
            await create(#", "scopes": ["maven"], "expires_at": "never""#, name: "maven").status == 201)
    }

    @Test("each rule refuses with its key")
    func keys() async throws {
        try await rules { $0.refusesEveryService = true }
        #expect(
            await refusal("")
                == "scopes must name services: tokens for every service are refused (tokens.every_service).")
        try await rules("repos") { $0.refusesEveryService = true }
        #expect(
            await refusal("")
                == "scopes must name services: tokens for every service are refused at repos (services.repos.tokens.every_service)."
        )
        try await rules { $0.needsAddresses = true }
        #expect(
            await refusal(#", "scopes": ["maven"]"#)
                == "addresses must be given: tokens must be bound to them (tokens.addresses).")
        #expect(await create(#", "addresses": ["10.0.0.0/8"]"#, name: "bound").status == 201)
        try await rules("git") { $0.needsAddresses = true }
        #expect(
            await refusal(#", "scopes": ["git"]"#)
                == "addresses must be given: tokens for git must be bound to them (services.git.tokens.addresses)."
        )
        #expect(await create(#", "scopes": ["maven"]"#, name: "maven").status == 201)
        try await rules { $0.needsPaths = true }
        #expect(
            await refusal(#", "scopes": ["repos", "maven"]"#)
                == "scopes must be limited to paths at repos, as in repos:/team/app.git (tokens.narrowed).")
        #expect(await create(#", "scopes": ["repos:/team/app.git", "maven"]"#, name: "narrow").status == 201)
        try await rules { $0.who = .serviceAccounts }
        #expect(
            await refusal("")
                == "only service accounts may have tokens (tokens.who): ask your administrator.")
        try await rules("git") { $0.who = .serviceAccounts }
        #expect(
            await refusal(#", "scopes": ["git"]"#)
                == "only service accounts may have tokens at git (services.git.tokens.who): ask your administrator."
        )
    }

    @Test("a person has only so many tokens, and so many for one service")
    func perPerson() async throws {
        try await rules { $0.perPerson = 2 }
        #expect(await create("", name: "second").status == 201)
        #expect(
            await refusal("")
                == "alice has 2 active tokens, and at most 2 are possible (tokens.per_person): revoke one first."
        )
        try await rules("git") { $0.perPerson = 2 }
        #expect(await create(#", "scopes": ["git"]"#).status == 201)
        #expect(
            await refusal(#", "scopes": ["git"]"#)
                == "alice has 2 active tokens for git, and at most 2 are possible (services.git.tokens.per_person): revoke one first."
        )
        #expect(await create(#", "scopes": ["maven"]"#, name: "maven").status == 201)
    }

    @Test("an edit keeps addresses that are required, and changes everything else")
    func edit() async throws {
        let made = await create(#", "scopes": ["git"], "addresses": ["10.0.0.0/8"]"#)
        let id = try #require(made.json?["id"]?.string)
        let loose = try #require(await create(#", "scopes": ["git"]"#, name: "loose").json?["id"]?.string)
        try await rules("git") { $0.needsAddresses = true }
        func edit(_ id: String, _ body: String) async -> Response {
            await api.call("PATCH", "/api/v1/tokens/\(id)", as: secret, body: body)
        }
        let refused = await edit(id, #"{"addresses": []}"#)
        #expect(refused.status == 422)
        #expect(
            refused.json?["detail"]?.string
                == "addresses must be given: tokens for git must be bound to them (services.git.tokens.addresses)."
        )
        #expect(await edit(id, #"{"addresses": ["10.1.0.0/16"]}"#).status == 200)
        #expect(await edit(loose, #"{"name": "renamed"}"#).status == 200)
    }

    @Test("a person who rotates a token renews its lifetime within the limit")
    func rotate() async throws {
        let cookie = try await api.cookie(of: alice)
        let id = try #require(await create("").json?["id"]?.string)
        try await rules { $0.maxLifetime = .days(30) }
        let rotated = await api.call("POST", "/api/v1/tokens/\(id)/rotate", headers: cookie, body: "{}")
        #expect(rotated.json?["expires_at"]?.string == (house.clock.now + .days(30)).rfc3339)
    }

    @Test("a token that breaks a rule does nothing at the API but end itself")
    func breaking() async throws {
        try await rules { ($0.needsAddresses, $0.enforceFrom) = (true, house.clock.now) }
        let refused = await api.call("GET", "/api/v1/me", as: secret)
        #expect((refused.status, refused.headers["X-Jeton-Reason"]) == (403, "policy"))
        #expect(
            refused.json?["detail"]?.string?.hasPrefix("Tokens must be bound to addresses since ") == true)
        #expect(await api.call("DELETE", "/api/v1/tokens/self", as: secret).status == 204)
    }
}
