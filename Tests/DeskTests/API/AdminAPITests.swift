import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskAPI

@Suite("/api/v1/admin")
struct AdminAPITests {
    let house: TestHouse
    let api: APIHouse
    let root: Subject
    let alice: Subject
    /// A token of root's with `jeton:admin`.
    let admin: TokenSecret
    let cookie: Headers

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        root = try await house.person("root", administrator: true, password: "correct horse battery")
        alice = try await house.person("alice", name: "Alice", email: "alice@example.com", groups: ["dev"])
        admin = try await house.token("admin", of: root, scopes: ["jeton:admin"]).secret
        cookie = try await api.cookie(of: root)
    }

    private func call(
        _ method: String, _ path: String, _ body: String = "", inBrowser: Bool = false
    ) async -> Response {
        await api.call(
            method, "/api/v1/admin\(path)", as: inBrowser ? nil : admin, headers: inBrowser ? cookie : [:],
            body: body)
    }

    private func names(_ response: Response, _ list: String, _ member: String = "login") -> [String] {
        (response.json?[list]?.array ?? []).compactMap { $0[member]?.string }
    }

    private func detail(_ response: Response) -> String { response.json?["detail"]?.string ?? "" }

    // MARK: Lists

    @Test("people are listed in pages, in an order, by a text and by a state")
    func people() async throws {
        for login in ["bob", "carol"] { _ = try await house.person(login, name: "A \(login)") }
        var (seen, next) = ([String](), "")
        repeat {
            let page = await call(
                "GET",
                "/people?limit=1&after=\(next)".replacing("&after=", with: next.isEmpty ? "" : "&after="))
            #expect(page.status == 200 && names(page, "people").count == 1)
            seen += names(page, "people")
            next = page.json?["next"]?.string ?? ""
            #expect((page.headers["Link"] == nil) == next.isEmpty)
        } while !next.isEmpty
        #expect(seen == ["alice", "bob", "carol", "root"])
        #expect(
            names(await call("GET", "/people?order=name"), "people") == ["bob", "carol", "alice", "root"])
        #expect(names(await call("GET", "/people?q=ALICE%40"), "people") == ["alice"])
        #expect(names(await call("GET", "/people?state=administrator"), "people") == ["root"])
        #expect(await call("POST", "/people/bob/suspend", "{}").status == 200)
        #expect(names(await call("GET", "/people?state=suspended"), "people") == ["bob"])
        for (query, name) in [
            ("state=unattended", "state"), ("order=age", "order"), ("after=x", "after"),
            ("limit=501", "limit"),
            ("unattended=true", "unattended"),
        ] {
            let refused = await call("GET", "/people?\(query)")
            #expect(refused.status == 400 && refused.json?["errors"]?.array?.first?["field"]?.string == name)
        }
    }

    @Test("so are service accounts; those without a steward by two words")
    func accounts() async throws {
        for number in 1...3 { try await house.account("bot-\(number)", stewards: [alice, root]) }
        try await house.account("bot-alone", owners: ["nobody"])
        let first = await call("GET", "/accounts?limit=2")
        #expect(names(first, "accounts") == ["bot-1", "bot-2"])
        let next = first.json?["next"]?.string ?? ""
        #expect(
            names(await call("GET", "/accounts?limit=2&after=\(next)"), "accounts") == ["bot-3", "bot-alone"])
        #expect(names(await call("GET", "/accounts?q=OT-3"), "accounts") == ["bot-3"])
        for query in ["unattended=true", "state=unattended", "state=unattended&unattended=true"] {
            #expect(names(await call("GET", "/accounts?\(query)"), "accounts") == ["bot-alone"], "\(query)")
        }
        #expect(names(await call("GET", "/accounts?unattended=false"), "accounts").count == 4)
        for query in ["unattended=maybe", "unattended=true&state=active", "state=dormant"] {
            #expect(await call("GET", "/accounts?\(query)").status == 400, "\(query)")
        }
    }

    @Test("tokens are found as on the inventory's page, in every state")
    func tokens() async throws {
        let (paused, revoked) = ("paused one", "revoked one")
        for name in ["active one", paused, revoked] {
            _ = try await house.token(name, of: alice, scopes: ["maven"])
        }
        func id(_ name: String) async -> String {
            let found = await call("GET", "/tokens?owner=alice&q=\(name.replacing(" ", with: "%20"))")
            return names(found, "tokens", "id").first ?? ""
        }
        #expect(await call("POST", "/tokens/\(id(paused))/pause", #"{"seconds":600}"#).status == 200)
        #expect(await call("DELETE", "/tokens/\(id(revoked))").status == 200)
        func found(_ query: String) async -> [String] {
            names(await call("GET", "/tokens?owner=alice&sort=name&\(query)"), "tokens", "name")
        }
        #expect(await found("") == ["active one", paused])
        #expect(await found("state=active") == ["active one"])
        #expect(await found("state=live") == ["active one"])
        #expect(await found("state=paused&state=revoked") == [paused, revoked])
        #expect(await found("state=all") == ["active one", paused, revoked])
        #expect(await call("GET", "/tokens?state=gone").status == 400)
    }

    @Test("requests are listed by a state")
    func requests() async throws {
        #expect(await call("GET", "/requests").status == 200)
        #expect(await call("GET", "/requests?state=all").status == 200)
        #expect(await call("GET", "/requests?state=denied").status == 400)
    }

    @Test("what is wrong with rules to count is said")
    func policy() async throws {
        #expect(await call("POST", "/policy/check").status == 200)
        #expect(
            await call(
                "POST", "/policy/check",
                #"{"sections":[{"service":"git","rules":{"max_lifetime":"90d"}}],"at":"2027-01-31T08:00:00Z"}"#
            ).status == 200)
        for (body, status) in [
            ("x", 400), ("[]", 400), (#"{"at":"soon"}"#, 422), (#"{"sections":[{}]}"#, 422),
            (#"{"sections":"x"}"#, 422),
            (#"{"sections":[{"service":"?","rules":{}}]}"#, 422), (#"{"services":[{"name":""}]}"#, 422),
            (#"{"services":[1]}"#, 422), (#"{"more":1}"#, 422),
        ] {
            let answer = await call("POST", "/policy/check", body)
            #expect(answer.status == status, "\(body): \(detail(answer))")
        }
    }

    // MARK: People

    @Test("a token changes a name, and leaves login and e-mail address to people")
    func rename() async throws {
        let renamed = await call("PATCH", "/people/alice", #"{"name":"Alice B.","login":"alice"}"#)
        #expect(renamed.status == 200 && renamed.json?["name"] == "Alice B.")
        for body in [#"{"login":"bob"}"#, #"{"email":"bob@example.com"}"#, #"{"email":null}"#] {
            let refused = await call("PATCH", "/people/alice", body)
            #expect(
                detail(refused)
                    == "A token with jeton:admin cannot change a login or an e-mail address: an administrator does "
                    + "that, signed in at the desk.")
        }
        let moved = await call("PATCH", "/people/alice", #"{"login":"alicia"}"#, inBrowser: true)
        #expect(moved.status == 200 && moved.json?["login"] == "alicia")
        #expect(await call("DELETE", "/people/alicia", inBrowser: true).status == 405)
    }

    @Test("sessions are listed, and end one by one or all at once")
    func sessions() async throws {
        for _ in 1...3 { _ = try await api.cookie(of: alice) }
        let listed = await call("GET", "/people/alice/sessions")
        let ids = names(listed, "sessions", "id")
        #expect(ids.count == 3)
        #expect(await call("DELETE", "/people/alice/sessions/\(ids[1])").json == ["ended": 1])
        let again = await call("DELETE", "/people/alice/sessions/\(ids[1])")
        #expect(again.status == 404 && detail(again) == "alice has no such session.")
        #expect(await call("DELETE", "/people/alice/sessions").json == ["ended": 2])
        #expect(await call("DELETE", "/people/alice/sessions").json == ["ended": 0])
    }

    // MARK: Tokens

    @Test(
        "a token is narrowed by whoever oversees, and widened by its owner alone", arguments: [true, false])
    func narrow(inBrowser: Bool) async throws {
        let token = try await house.token(
            "ci", of: alice, scopes: ["repos", "maven"], addresses: ["10.0.0.0/8"]
        ).token
        let path = "/tokens/\(token.id)"
        // The administrator may not use the service “repos”.
        let narrowed = await call(
            "PATCH", path, #"{"scopes":["repos:read"],"addresses":["10.1.0.0/16"]}"#, inBrowser: inBrowser)
        #expect(narrowed.status == 200, "\(detail(narrowed))")
        #expect(narrowed.json?["scopes"] == ["repos:read"])
        #expect(await call("PATCH", path, #"{"scopes":["repos"]}"#, inBrowser: inBrowser).status == 422)
        let widened = await call("PATCH", path, #"{"addresses":["10.0.0.0/8"]}"#, inBrowser: inBrowser)
        #expect(
            detail(widened)
                == (inBrowser
                    ? "Only alice can give this token more addresses."
                    : "A token with jeton:admin cannot give a token more addresses: an administrator does that, signed "
                        + "in at the desk."))
    }

    // MARK: State

    @Test("a plan by a token says which steps are somebody else's, and where")
    func plan() async throws {
        try await house.account("bot-ci", owners: ["dev"])
        let body = """
            {"accounts":[{"login":"bot-ci","purpose":"Builds","tokens":[
              {"name":"nightly","scopes":["maven","jeton:rotate"]}]}],"groups":[{"name":"ops","members":["alice"]}]}
            """
        let planned = await call("POST", "/state/plan", body)
        #expect(planned.status == 200 && planned.json?["faults"] == [])
        #expect(
            planned.json?["steps"]?.array?.map { "\($0["kind"]?.string ?? "") \($0["refused"] == true)" }
                == ["token true", "membership false"])
        #expect(
            planned.json?["notes"] == [
                [
                    "place": "/accounts/0/tokens/0", "field": "", "is_whole": true,
                    "detail": .string(
                        "A token with jeton:admin cannot create tokens, or ask for them: an administrator does that, "
                            + "signed in at the desk"),
                ]
            ])
        let faulty = await call("POST", "/state/plan", body.replacing("\"maven\"", with: "\"mavn\""))
        #expect(faulty.json?["faults"]?.array?.first?["place"] == "/accounts/0/tokens/0/scopes")
        let audit = try await house.token("audit", of: root, scopes: ["jeton:audit"]).secret
        #expect(await api.call("POST", "/api/v1/admin/state/plan", as: audit, body: body).status == 403)
    }

    @Test("a plan does not suspend its own account, nor revoke its own token")
    func itself() async throws {
        let bot = try await house.account("bot-siem", stewards: [root, alice])
        let own = try await house.token("own", of: bot, scopes: ["jeton:admin"]).secret
        for (body, words) in [
            (
                #"{"accounts":[{"login":"bot-siem","suspended":true}]}"#,
                "suspend the account whose token asks for it"
            ),
            (
                #"{"accounts":[{"login":"bot-siem","tokens":[]}],"prune":["tokens"]}"#,
                "revoke the token that asks for it"
            ),
        ] {
            let plan = await api.call("POST", "/api/v1/admin/state/plan", as: own, body: body).json
            #expect(plan?["faults"]?.array?.first?["detail"]?.string == "this would \(words)")
        }
    }

    // MARK: Description

    @Test("the bodies have exactly the members that the description has")
    func members() async throws {
        let schemas = try #require(
            await api.call("GET", "/api/v1/openapi.json").json?["components"]?["schemas"])
        func described(_ schema: String) -> [String] {
            let parts = [schemas[schema]].compactMap(\.self) + (schemas[schema]?["allOf"]?.array ?? [])
            return parts.flatMap { part in
                let base = part["$ref"]?.string.flatMap { $0.split(separator: "/").last }
                return (base.map { described(String($0)) } ?? []) + (part["properties"]?.names ?? [])
            }.sorted()
        }
        let bot = try await house.account("bot-ci", stewards: [root, alice])
        let token = try await house.token("ci", of: bot, scopes: ["maven"]).token
        _ = try await api.cookie(of: alice)
        func first(_ path: String, _ list: String) async -> [String]? {
            await call("GET", path).json?[list]?.array?.first?.names
        }
        #expect(await first("/people", "people") == described("Person"))
        #expect(await call("GET", "/people/alice").json?.names == described("Subject"))
        #expect(await first("/people/alice/sessions", "sessions") == described("Session"))
        #expect(await first("/accounts", "accounts") == described("Account"))
        #expect(await call("GET", "/accounts/bot-ci").json?.names == described("OverseenAccount"))
        #expect(await first("/tokens", "tokens") == described("OverseenToken"))
        #expect(await call("GET", "/tokens/\(token.id)").json?.names == described("TokenInDetail"))
        #expect(await call("GET", "/policy").json?.names == described("Policy"))
        #expect(await call("POST", "/policy/check", "{}").json?.names == described("PolicyCount"))
        #expect(await call("POST", "/state/plan", "{}").json?.names == described("StatePlan"))
        #expect(
            await call("DELETE", "/tokens/\(token.id)/previous-secret").json?.names
                == described("EndedSecrets"))
        let revoked = await call("DELETE", "/tokens/\(token.id)").json?["revoked"]?.array?.first
        #expect(revoked?.names == described("RevokedToken"))
    }
}
