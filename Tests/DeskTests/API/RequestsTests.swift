import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskAPI

@Suite("/api/v1/requests")
struct RequestsTests {
    let house: TestHouse
    let api: APIHouse
    let alice: Subject
    let bruno: Subject
    let manager: TokenSecret

    static let rules = ApprovalRules(services: [
        (try? ServiceName("git"))!: ["ops"], (try? ServiceName("repos"))!: ["leads", "ops"],
    ])
    private static let git = #"{"name": "CI", "scopes": ["git:write"], "addresses": ["10.0.0.0/8"]}"#
    private static let asked =
        #"{"name": "CI", "scopes": ["git:write"], "addresses": ["10.0.0.0/8"], "reason": "The nightly build"}"#

    init() async throws {
        house = try TestHouse()
        try await house.setApproval(Self.rules)
        api = try APIHouse(house)
        alice = try await house.person("alice", groups: ["dev"])
        bruno = try await house.person("bruno", groups: ["ops"])
        manager = try await api.manager(of: alice).secret
    }

    private func ask(_ body: String = Self.asked) async throws -> String {
        let response = await api.call("POST", "/api/v1/requests", as: manager, body: body)
        #expect(response.status == 201)
        return try #require(response.json?["id"]?.string)
    }

    private func decide(
        _ id: String, _ verb: String, as person: Subject, word: String = "fine", at other: APIHouse? = nil
    ) async throws -> Response {
        await (other ?? api).call(
            "POST", "/api/v1/requests/\(id)/\(verb)", headers: try await api.cookie(of: person),
            body: #"{"word": "\#(word)"}"#)
    }

    private func events() async throws -> [Event.Kind] {
        try await house.ledger.events(about: alice.id, before: nil, limit: 100).map(\.kind)
    }

    @Test("a token that needs approval is refused, and the refusal says how to ask")
    func refused() async throws {
        let response = await api.call("POST", "/api/v1/tokens", as: manager, body: Self.git)
        #expect(response.status == 403 && response.headers["X-Jeton-Reason"] == "needs_approval")
        #expect(
            response.json
                == problem(
                    "needs-approval", "The token needs approval", 403,
                    "This token needs approval by a member of ops. Ask for it: POST the same body with a reason to "
                        + "/api/v1/requests. Once it is approved, create it with POST /api/v1/requests/{id}/token."
                ))
        // What needs none is created, and asking for it is refused.
        let maven = #"{"name": "m", "scopes": ["maven"]}"#
        #expect(await api.call("POST", "/api/v1/tokens", as: manager, body: maven).status == 201)
        let needless = await api.call(
            "POST", "/api/v1/requests", as: manager,
            body: #"{"name": "m2", "scopes": ["maven"], "reason": "x"}"#)
        #expect(needless.status == 422)
        #expect(
            needless.json?["detail"]?.string == "scopes need no approval: create the token without asking.")
    }

    @Test("asked, approved, created once: each step is an event, and exactly what was approved is made")
    func whole() async throws {
        let id = try await ask()
        let shown = await api.call("GET", "/api/v1/requests/\(id)", as: manager)
        #expect(shown.json?["state"]?.string == "open")
        #expect(shown.json?["needs"]?.array?.first?["groups"] == ["ops"])
        let early = await api.call("POST", "/api/v1/requests/\(id)/token", as: manager)
        #expect(early.status == 409)
        #expect(
            early.json?["detail"]?.string
                == "This request is not approved yet: it waits for approval by a member of ops.")

        let approved = try await decide(id, "approve", as: bruno)
        #expect((approved.status, approved.json?["state"]?.string) == (200, "approved"))
        #expect(approved.json?["approved_until"]?.string == "2026-02-07T08:00:00Z")

        let made = await api.call("POST", "/api/v1/requests/\(id)/token", as: manager)
        #expect(made.status == 201)
        let secret = try #require(made.json?["secret"]?.string)
        let digest = try #require(TokenFormat.standard.parse(secret)?.digest)
        let token = try #require(try await house.kept(digest))
        #expect(token.name.text == "CI" && token.scopes.text == "git:write")
        #expect(token.addresses.map(\.description) == ["10.0.0.0/8"])
        #expect(
            try await events().prefix(4)
                == [.tokenCreated, .requestApproved, .tokenRequested, .subjectAdded])
        let created = try await house.ledger.events(of: token.id, kinds: [], before: nil, limit: 1)
        #expect(created.first?.detail == "CI (git:write; from 10.0.0.0/8), request \(id)")

        let again = await api.call("POST", "/api/v1/requests/\(id)/token", as: manager)
        #expect((again.status, again.json?["secret"]) == (409, nil))
        #expect(
            again.json?["detail"]?.string
                == "The token of this request was created at 2026-01-31T08:00:00Z.")
        let used = await api.call("GET", "/api/v1/requests/\(id)", as: manager).json
        #expect(used?["state"]?.string == "used" && used?["created_token"]?.string == token.id.text)
    }

    @Test("the usual way creates exactly what was approved, and nothing else")
    func usualWay() async throws {
        let id = try await ask()
        _ = try await decide(id, "approve", as: bruno)
        for other in [
            #"{"name": "CI2", "scopes": ["git:write"], "addresses": ["10.0.0.0/8"]}"#,
            #"{"name": "CI", "scopes": ["git"], "addresses": ["10.0.0.0/8"]}"#,
            #"{"name": "CI", "scopes": ["git:read"], "addresses": ["10.0.0.0/8"]}"#,
            #"{"name": "CI", "scopes": ["git:write"]}"#,
            #"{"name": "CI", "scopes": ["git:write"], "addresses": ["10.0.0.0/8"], "expires_at": "2026-12-31"}"#,
        ] {
            #expect(await api.call("POST", "/api/v1/tokens", as: manager, body: other).status == 403)
        }
        #expect(await api.call("POST", "/api/v1/tokens", as: manager, body: Self.git).status == 201)
        #expect(await api.call("POST", "/api/v1/tokens", as: manager, body: Self.git).status == 403)
        #expect(await api.call("POST", "/api/v1/requests/\(id)/token", as: manager).status == 409)
    }

    @Test("no token decides, and nobody their own")
    func whoDecides() async throws {
        let id = try await ask()
        let leaked = try await house.token("brunos", of: bruno, scopes: ["jeton:manage"]).secret
        for verb in ["approve", "deny"] {
            let byToken = await api.call("POST", "/api/v1/requests/\(id)/\(verb)", as: leaked)
            #expect(byToken.status == 403)
            #expect(
                byToken.json?["detail"]?.string
                    == "A token cannot decide a request: sign in at the desk, and decide it there.")
            #expect(try await decide(id, verb, as: alice).status == 403)
            // Who may not see it learns nothing of it.
            let stranger = try await house.person("stranger \(verb)".replacing(" ", with: "-"))
            #expect(try await decide(id, verb, as: stranger).status == 404)
            // Not even an administrator, who reads of it in the events.
            let root = try await house.person("root-\(verb)", administrator: true)
            #expect(try await decide(id, verb, as: root).status == 404)
        }
        #expect(try await !events().contains { [.requestApproved, .requestDenied].contains($0) })
        #expect(await api.call("GET", "/api/v1/requests/\(id)", as: leaked).status == 200)
    }

    @Test("an approver who has left the group cannot; a requester who is suspended is not approved")
    func meanwhile() async throws {
        let id = try await ask()
        var left = bruno
        left.groups = ["dev"]
        try await house.ledger.update(
            left, event: Event(.subjectGroupsChanged, at: house.now, actor: nil, subject: bruno.id))
        #expect(try await decide(id, "approve", as: left).status == 404)
        let chen = try await house.person("chen", groups: ["ops"])
        try await house.suspend(alice)
        let refused = try await decide(id, "approve", as: chen)
        #expect(refused.status == 403)
        #expect(
            refused.json?["detail"]?.string
                == "alice is suspended: deny this request, or let an administrator resume the account first.")
        #expect(try await decide(id, "deny", as: chen, word: "no").json?["state"]?.string == "denied")
    }

    @Test("a suspended requester cannot create what was approved")
    func suspended() async throws {
        let id = try await ask()
        _ = try await decide(id, "approve", as: bruno)
        let cookie = try await api.cookie(of: alice)
        try await house.suspend(alice)
        #expect(await api.call("POST", "/api/v1/requests/\(id)/token", as: manager).status == 403)
        #expect(
            await api.call("POST", "/api/v1/requests/\(id)/token", headers: cookie, body: "{}").status == 401)
        #expect(try await house.ledger.tokens(TokenQuery(owner: alice.id, now: house.now)).count == 1)
    }

    @Test("the owner's groups are judged again when the token is created")
    func groupsAgain() async throws {
        let id = try await ask(#"{"name": "R", "scopes": ["repos"], "reason": "r"}"#)
        _ = try await decide(id, "approve", as: bruno)
        var left = alice
        left.groups = []
        try await house.ledger.update(
            left, event: Event(.subjectGroupsChanged, at: house.now, actor: nil, subject: alice.id))
        let refused = await api.call("POST", "/api/v1/requests/\(id)/token", as: manager)
        #expect(refused.status == 422)
        #expect(
            refused.json?["detail"]?.string?.contains("alice is in no group that may use repos") == true)
        #expect(try await house.ledger.request(try #require(RequestID(id)))?.stage == .approved)
    }

    @Test("who decides second is told who was first; the same holds for what expired or was withdrawn")
    func second() async throws {
        let id = try await ask()
        let chen = try await house.person("chen", groups: ["ops"])
        _ = try await decide(id, "deny", as: bruno, word: "Ask for reading.")
        let late = try await decide(id, "approve", as: chen)
        #expect(late.status == 409)
        #expect(
            late.json
                == problem(
                    "request-settled", "The request cannot be changed so", 409,
                    "bruno denied this request at 2026-01-31T08:00:00Z. They said: “Ask for reading.”."))
        let second = try await ask()
        #expect(
            await api.call("POST", "/api/v1/requests/\(second)/withdraw", as: manager).json?["state"]?.string
                == "withdrawn")
        #expect(
            try await decide(second, "approve", as: chen).json?["detail"]?.string
                == "alice withdrew this request at 2026-01-31T08:00:00Z.")
        let third = try await ask()
        house.pass(.days(30))
        #expect(
            try await decide(third, "approve", as: chen).json?["detail"]?.string
                == "Nobody answered this request within 30 days: ask again.")
        let fourth = try await ask()
        _ = try await decide(fourth, "approve", as: chen)
        house.pass(.days(7))
        #expect(
            await api.call("POST", "/api/v1/requests/\(fourth)/token", as: manager).json?["detail"]?.string
                == "The approval was not used within 7 days: ask again.")
    }

    @Test("a token for services with different rules needs each")
    func several() async throws {
        let rules = ApprovalRules(services: [
            (try ServiceName("git")): ["ops"], (try ServiceName("maven")): ["leads"],
        ])
        try await house.setApproval(rules)
        let leads = try await house.person("lea", groups: ["leads"])
        let asked = await api.call(
            "POST", "/api/v1/requests", as: manager,
            body: #"{"name": "CI", "scopes": ["git", "maven:read"], "reason": "both"}"#)
        let id = try #require(asked.json?["id"]?.string)
        #expect(asked.json?["needs"]?.array?.count == 2)
        let one = try await decide(id, "approve", as: bruno, at: api)
        #expect((one.status, one.json?["state"]?.string) == (200, "open"))
        let twice = try await decide(id, "approve", as: bruno, at: api)
        #expect(
            twice.json?["detail"]?.string
                == "You have approved this request already. It still needs approval by a member of leads.")
        #expect(try await decide(id, "approve", as: leads, at: api).json?["state"]?.string == "approved")
        // A token for every service reaches all of them.
        let every = await api.call("POST", "/api/v1/tokens", as: manager, body: #"{"name": "all"}"#)
        #expect(
            every.json?["detail"]?.string?.hasPrefix(
                "This token needs approval by a member of ops and a member of leads.") == true)
    }

    @Test("the same body twice is one request; another of that name is refused; lists have whose they are")
    func twice() async throws {
        let id = try await ask()
        #expect(try await ask() == id)
        let other = await api.call(
            "POST", "/api/v1/requests", as: manager,
            body: #"{"name": "ci", "scopes": ["git:read"], "reason": "x"}"#)
        #expect(other.status == 422)
        #expect(
            other.json?["detail"]?.string
                == "name is asked for already, in request \(id): wait for the answer, or withdraw that request "
                + "first.")
        let own = await api.call("GET", "/api/v1/requests", as: manager).json
        #expect(own?["requests"]?.array?.map { $0["id"]?.string } == [id])
        #expect(own?["to_decide"] == [])
        let brunos = await api.call("GET", "/api/v1/requests", headers: try await api.cookie(of: bruno)).json
        #expect(brunos?["requests"] == [])
        #expect(brunos?["to_decide"]?.array?.map { $0["id"]?.string } == [id])
    }

    @Test(
        "faults of all fields come together",
        arguments: [
            (#"{"name": "", "scopes": ["git"], "reason": " "}"#, ["name", "reason"]),
            (#"{"name": "manager", "scopes": ["git"], "reason": "x"}"#, ["name"]),
            (#"{"name": "x", "scopes": ["jeton:manage"], "reason": "x"}"#, ["scopes"]),
            (#"{"name": "x", "scopes": ["git"]}"#, ["reason"]),
        ])
    func faults(_ body: String, _ fields: [String]) async throws {
        let response = await api.call("POST", "/api/v1/requests", as: manager, body: body)
        #expect(response.status == 422)
        #expect(response.json?["errors"]?.array?.compactMap { $0["field"]?.string } == fields)
    }

    @Test("no secret is kept in a reason or a word")
    func secrets() async throws {
        let body = Self.asked.replacing("The nightly build", with: manager.reveal())
        #expect(await api.call("POST", "/api/v1/requests", as: manager, body: body).status == 422)
        let id = try await ask()
        #expect(try await decide(id, "deny", as: bruno, word: manager.reveal()).status == 422)
    }

    @Test("a rotation and an edit need no approval; the command line's creation says so")
    func without() async throws {
        let (token, _) = try await house.token("old", of: alice, scopes: ["git:write"])
        #expect(await api.call("POST", "/api/v1/tokens/\(token.id)/rotate", as: manager).status == 201)
        let edit = await api.call(
            "PATCH", "/api/v1/tokens/\(token.id)", as: manager, body: #"{"scopes": ["git:read"]}"#)
        #expect(edit.status == 200)
        // Addresses that nobody approved are no edit.
        func addresses(_ list: String) async -> Response {
            await api.call(
                "PATCH", "/api/v1/tokens/\(token.id)", as: manager, body: #"{"addresses": [\#(list)]}"#)
        }
        #expect(await addresses(#""10.0.0.0/8""#).status == 200)
        #expect(await addresses(#""10.1.0.0/16""#).status == 200)
        let widened = await addresses(#""10.0.0.0/8""#)
        #expect(widened.status == 422)
        #expect(
            widened.json?["detail"]?.string
                == "addresses can only be narrowed, since new ones need approval by a member of ops: ask for a new "
                + "token.")
        #expect(await addresses("").status == 422)
        let issued = try await api.desk.create(
            TokenDesk.NewToken(name: "by hand", scopes: ["git"]), for: alice, by: .commandLine)
        let events = try await house.ledger.events(of: issued.token.id, kinds: [], before: nil, limit: 1)
        #expect(events.first?.detail == "by hand (git), without approval by a member of ops")
    }
}
