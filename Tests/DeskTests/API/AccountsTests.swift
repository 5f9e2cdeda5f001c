import Desk
import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import DeskAPI

@Suite("/api/v1/accounts")
struct AccountsTests {
    let house: TestHouse
    let api: APIHouse
    let root, alice, carol: Subject

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        root = try await house.person("root", administrator: true)
        alice = try await house.person("alice", groups: ["build-team"])
        carol = try await house.person("carol")
    }

    private func call(
        _ method: String, _ path: String = "", by person: Subject, _ body: String = ""
    ) async throws -> Response {
        await api.call(
            method, "/api/v1/accounts\(path)", headers: try await api.cookie(of: person), body: body)
    }

    private static let ci = #"{"login":"bot-ci","purpose":"Nightly builds","owners":["build-team"]}"#

    @Test("an administrator creates one at a browser, and its stewards find it")
    func create() async throws {
        let made = try await call(
            "POST", by: root,
            """
            {"login":"bot-ci","title":"The chain","purpose":"Nightly builds","owners":["build-team"],
             "stewards":["carol"],"groups":["ci"],"services":["maven"],"addresses":["10.0.0.1/8"],
             "review_on":"2027-06-01"}
            """)
        #expect(made.status == 201)
        #expect(made.headers["Location"] == "/api/v1/accounts/bot-ci")
        let account = try #require(try await house.ledger.subject(login: try Login("bot-ci")))
        let json: JSONValue = [
            "id": .string(account.id.text), "login": "bot-ci", "title": "The chain",
            "purpose": "Nightly builds", "owners": ["build-team"], "stewards": ["carol"], "groups": ["ci"],
            "services": ["maven"], "addresses": ["10.0.0.0/8"], "review_on": "2027-06-01",
            "unattended_since": nil, "pauses_at": nil, "suspended_at": nil,
            "created_at": "2026-01-31T08:00:00Z",
        ]
        #expect(made.json == json)
        for steward in [alice, carol] {
            #expect(try await call("GET", by: steward).json == ["accounts": [json]])
            #expect(try await call("GET", "/bot-ci", by: steward).json == json)
            #expect(try await call("GET", "/BOT-CI", by: steward).json == json)
        }
        #expect(try await call("GET", by: root).json == ["accounts": []])
        #expect(try await call("GET", "?all=true", by: root).json == ["accounts": [json]])
        #expect(try await call("GET", "/bot-ci", by: root).json == json)
        let manager = try await api.manager(of: alice).secret
        #expect(await api.call("GET", "/api/v1/accounts", as: manager).json == ["accounts": [json]])
        #expect(await api.call("GET", "/api/v1/accounts/bot-ci", as: manager).json == json)
    }

    @Test("to everybody else it looks like one that does not exist")
    func strangers() async throws {
        try await house.account("bot-ci")
        let manager = try await house.token("m", of: root, scopes: ["jeton:manage"]).secret
        let cookie = try await api.cookie(of: carol)
        for (method, path) in [("GET", ""), ("GET", "/tokens"), ("POST", "/tokens")] {
            for login in ["bot-ci", "bot-none", "alice", "%00"] {
                let target = "/api/v1/accounts/\(login)\(path)"
                let body = method == "POST" ? #"{"name":"x"}"# : ""
                for response in [
                    await api.call(method, target, headers: cookie, body: body),
                    await api.call(method, target, as: manager, body: body),
                ] {
                    #expect(
                        response.json
                            == problem(
                                "no-such-account", "There is no such service account", 404,
                                "There is no such service account, or you are not one of its stewards."))
                }
            }
        }
    }

    @Test("a token creates, changes and removes none, and neither does who is no administrator")
    func noAdministrator() async throws {
        let account = try await house.account("bot-ci")
        let manager = try await house.token("m", of: root, scopes: ["jeton:manage"]).secret
        let cookie = try await api.cookie(of: alice)
        for (method, login, body) in [
            ("POST", "", Self.ci), ("PATCH", "/bot-ci", #"{"groups":["ops"]}"#), ("PATCH", "/bot-none", "{}"),
            ("DELETE", "/bot-ci", ""), ("DELETE", "/bot-none", ""), ("GET", "?all=true", ""),
        ] {
            let target = "/api/v1/accounts\(login)"
            for response in [
                await api.call(method, target, headers: cookie, body: body),
                await api.call(method, target, as: manager, body: body),
            ] {
                #expect(response.status == 403)
                #expect(
                    response.json?["detail"]
                        == (method == "GET"
                            ? "Only administrators see all service accounts, in the browser."
                            : "Service accounts are managed by administrators, in the browser."))
            }
        }
        #expect(try await house.ledger.accounts() == [account])
        let plain = try await house.token("plain", of: alice).secret
        for path in ["", "/bot-ci", "/bot-ci/tokens"] {
            #expect(await api.call("GET", "/api/v1/accounts\(path)", as: plain).status == 403)
        }
    }

    @Test("an administrator who is no steward sees its tokens, and creates none")
    func administrator() async throws {
        let account = try await house.account("bot-ci")
        let token = try await house.token("ci", of: account).token
        let listed = try await call("GET", "/bot-ci/tokens", by: root)
        #expect(listed.json?["tokens"] == [body(token, account: "bot-ci")])
        let refused = try await call("POST", "/bot-ci/tokens", by: root, #"{"name":"x"}"#)
        #expect(refused.status == 403)
        #expect(
            refused.json?["detail"] == "You are not a steward of bot-ci: ask one of its stewards.")
    }

    @Test("a merge patch changes what it has, null removes, and the login stays")
    func patch() async throws {
        _ = try await call("POST", by: root, Self.ci)
        let changed = try await call(
            "PATCH", "/bot-ci", by: root,
            #"{"stewards":["alice","carol"],"owners":null,"review_on":"2027-01-31"}"#)
        #expect(changed.status == 200)
        #expect(changed.json?["owners"] == [] && changed.json?["stewards"] == ["alice", "carol"])
        #expect(changed.json?["purpose"] == "Nightly builds")
        #expect(changed.json?["review_on"] == "2027-01-31")
        let back = try await call("PATCH", "/bot-ci", by: root, #"{"review_on":null,"title":null}"#)
        #expect(back.json?["review_on"] == .null && back.json?["title"] == "bot-ci")
        for (body, detail) in [
            (
                #"{"login":"bot-x"}"#,
                "login is unknown here: use addresses, groups, owners, purpose, review_on, services, stewards, title."
            ),
            (#"{"review_on":"soon"}"#, "review_on must be a day such as 2027-01-31."),
            (#"{"purpose":null}"#, "purpose must not be empty: say what the account is for."),
            (
                #"{"stewards":["alice"]}"#,
                "an account needs an owner group, or at least two stewards, so that it survives any of them."
            ),
        ] {
            let refused = try await call("PATCH", "/bot-ci", by: root, body)
            #expect(refused.status == 422)
            #expect(refused.json?["detail"]?.string == detail)
        }
        #expect(try await call("PATCH", "/bot-none", by: root, "{}").status == 404)
    }

    @Test("what does not fit is told at once, with what would")
    func invalid() async throws {
        let refused = try await call("POST", by: root, #"{"login":"ci","owners":["build-team"]}"#)
        #expect(
            refused.json
                == problem(
                    "invalid-fields", "Invalid fields", 422,
                    "login must fit “bot-*”, such as bot-ci: the operator sets accounts.logins; "
                        + "purpose must not be empty: say what the account is for.",
                    errors: [
                        ("login", "must fit “bot-*”, such as bot-ci: the operator sets accounts.logins"),
                        ("purpose", "must not be empty: say what the account is for"),
                    ]))
        #expect(
            try await call("POST", by: root, "{}").json?["detail"]?.string?.hasPrefix("login is missing")
                == true)
        #expect(try await call("GET", "?all=x", by: root).status == 400)
    }

    @Test("its removal revokes its tokens, and frees the login")
    func remove() async throws {
        let account = try await house.account("bot-ci")
        let (token, secret) = try await house.token("ci", of: account)
        #expect(try await call("DELETE", "/bot-ci", by: root).status == 204)
        #expect(house.record(secret.digest)?.isRevoked == true)
        #expect(try await house.ledger.token(token.id)?.revocation != nil)
        #expect(try await call("DELETE", "/bot-ci", by: root).status == 404)
        #expect(try await call("POST", by: root, Self.ci).status == 201)
    }

    @Test("a login may hold what a path does not: it is percent-encoded there")
    func encoded() async throws {
        let made = try await call(
            "POST", by: root, #"{"login":"bot-Räume/1 %?#","purpose":"x","owners":["build-team"]}"#)
        #expect(made.status == 201)
        let path = "/api/v1/accounts/bot-R%C3%A4ume%2F1%20%25%3F%23"
        #expect(made.headers["Location"] == path)
        let cookie = try await api.cookie(of: alice)
        #expect(await api.call("GET", path, headers: cookie).json == made.json)
        for name in ["a", "b"] {
            let body = #"{"name":"\#(name)","scopes":["git"]}"#
            #expect(await api.call("POST", path + "/tokens", headers: cookie, body: body).status == 201)
            house.pass(.seconds(1))
        }
        let page = await api.call("GET", path + "/tokens?limit=1&name=b&state=all", headers: cookie)
        #expect(page.json?["tokens"]?.array?.compactMap { $0["name"] } == ["b"])
        let first = await api.call("GET", path + "/tokens?limit=1", headers: cookie)
        let link = try #require(first.headers["Link"])
        #expect(link.hasPrefix("<\(path)/tokens?cursor="))
        let next = await api.call("GET", String(link.dropFirst().prefix { $0 != ">" }), headers: cookie)
        #expect(next.json?["tokens"]?.array?.compactMap { $0["name"] } == ["a"])
        #expect(next.json?["next_cursor"] == .null)
    }

    @Test("without a steward it says since when, and when its tokens pause")
    func unattended() async throws {
        try await house.account("bot-ci")
        house.pass(.hours(1))
        _ = try await house.ledger.suspend(
            alice.id, since: house.now, event: Event(.subjectSuspended, at: house.now, actor: nil))
        let json = try await call("GET", "/bot-ci", by: root).json
        #expect(json?["unattended_since"] == "2026-01-31T09:00:00Z")
        #expect(json?["pauses_at"] == "2026-03-02T09:00:00Z")
    }
}
