import Desk
import HTTPServer
import JSON
import Ledger
import TestHouse
import Testing
import Tokens

@testable import DeskAPI

@Suite("Tokens of service accounts, through the API")
struct StewardAPITests {
    let house: TestHouse
    let api: APIHouse
    let alice, carol, ci: Subject
    let manager: TokenSecret
    let cookie: Headers

    init() async throws {
        house = try TestHouse()
        api = try APIHouse(house)
        alice = try await house.person("alice", groups: ["build-team"])
        carol = try await house.person("carol")
        ci = try await house.account("bot-ci", groups: ["dev"])
        manager = try await api.manager(of: alice).secret
        cookie = try await api.cookie(of: alice)
    }

    private func call(
        _ method: String, _ path: String, _ body: String = "", byToken: Bool = false
    ) async -> Response {
        byToken
            ? await api.call(method, "/api/v1\(path)", as: manager, body: body)
            : await api.call(method, "/api/v1\(path)", headers: cookie, body: body)
    }

    /// A token of the account, as its steward creates it.
    private func create(_ name: String = "Nightly", byToken: Bool = false) async throws -> JSONValue {
        let made = await call(
            "POST", "/accounts/bot-ci/tokens", #"{"name":"\#(name)","scopes":["git"]}"#, byToken: byToken)
        #expect(made.status == 201)
        return try #require(made.json)
    }

    @Test(
        "the refusal of an account's token leads to the account's form, and that of a person's to their own")
    func refused() async throws {
        for (owner, form) in [(ci, "accounts/\(ci.id)/new"), (carol, "tokens/new")] {
            let (token, secret) = try await house.token("ended", of: owner)
            try await house.revoke(token)
            let detail = await api.call("GET", "/api/v1/me", as: secret).json?["detail"]?.string
            #expect(
                detail == "This token was revoked; create a new one at https://tokens.example.com/\(form).")
        }
    }

    @Test("created by a steward, shown once, and the account's", arguments: [false, true])
    func created(byToken: Bool) async throws {
        let made = try await create(byToken: byToken)
        let id = try #require(made["id"]?.string.flatMap { TokenID($0) })
        let token = try #require(try await house.ledger.token(id))
        let through = byToken ? "api" : "desk"
        #expect(
            made == body(token, through: through, secret: made["secret"]?.string, account: "bot-ci"))
        #expect(token.owner == ci.id)
        let read = await call("GET", "/tokens/\(id)", byToken: byToken)
        #expect(read.json == body(token, through: through, account: "bot-ci"))
        #expect(
            await call("GET", "/accounts/bot-ci/tokens", byToken: byToken).json
                == ["tokens": [body(token, through: through, account: "bot-ci")], "next_cursor": nil])
        let own = await call("GET", "/tokens?state=all", byToken: byToken).json?["tokens"]?.array
        #expect(own?.compactMap { $0["name"] } == ["manager"], "not among the steward's own")
        #expect(own?.compactMap { $0["owner"] } == [nil])
    }

    @Test(
        "everything that a person does with a token, a steward does with the account's",
        arguments: [false, true])
    func change(byToken: Bool) async throws {
        let path = "/tokens/\(try await create()["id"]?.string ?? "")"
        func call(_ method: String, _ rest: String = "", _ body: String = "") async -> Response {
            await self.call(method, path + rest, body, byToken: byToken)
        }
        let edited = await call("PATCH", "", #"{"description":"nightly"}"#)
        #expect(edited.json?["description"] == "nightly")
        #expect(edited.json?["owner"] == ["login": "bot-ci", "kind": "service-account"])
        let paused = await call("POST", "/pause", #"{"seconds":60}"#)
        #expect(paused.json?["pauses"]?.array?.first?["source"] == "owner")
        #expect(await call("POST", "/resume", "{}").json?["state"] == "live")
        let rotated = await call("POST", "/rotate", #"{"overlap_seconds":3600}"#)
        #expect(rotated.status == 201)
        #expect(rotated.json?["owner"] == ["login": "bot-ci", "kind": "service-account"])
        #expect(rotated.json?["secret"]?.string?.hasPrefix("jtn_") == true)
        #expect(await call("GET", "/previous-secret").status == 200)
        #expect(await call("DELETE", "/previous-secret").status == 204)
        let regenerated = await call("POST", "/regenerate", "{}")
        #expect(regenerated.status == 201)
        let id = regenerated.json?["id"]?.string ?? ""
        #expect(await self.call("DELETE", "/tokens/\(id)", byToken: byToken).status == 204)
        let kinds = try await house.ledger.events(about: ci.id, before: nil, limit: 20)
        #expect(kinds.filter { $0.kind == .tokenRevoked }.map(\.actor) == [alice.id])
    }

    @Test("nobody else finds it, and no other token of the account does more than any token may")
    func strangers() async throws {
        let made = try await create()
        let id = made["id"]?.string ?? ""
        let other = try #require(
            TokenFormat.standard.parse(try await create("other")["secret"]?.string ?? ""))
        let stranger = try await api.cookie(of: carol)
        for (method, rest, body) in [
            ("GET", "", ""), ("PATCH", "", "{}"), ("DELETE", "", ""), ("POST", "/pause", #"{"seconds":60}"#),
            ("POST", "/resume", "{}"), ("POST", "/rotate", "{}"), ("POST", "/regenerate", "{}"),
            ("GET", "/previous-secret", ""), ("DELETE", "/previous-secret", ""),
        ] {
            let target = "/api/v1/tokens/\(id)\(rest)"
            let refused = await api.call(method, target, headers: stranger, body: body)
            #expect(
                refused.json
                    == problem("no-such-token", "No such token", 404, "You have no token with this id."))
            #expect(await api.call(method, target, as: other, body: body).status == 403)
        }
        let own = await api.call("GET", "/api/v1/tokens/self", as: other)
        #expect(own.json?["owner"]?["login"] == "bot-ci")
        let me = await api.call("GET", "/api/v1/me", as: other)
        #expect(me.json?["subject"]?["kind"] == "service-account")
        #expect(await api.call("DELETE", "/api/v1/tokens/self", as: other).status == 204)
    }

    @Test("a steward without access to a service grants none to it, nor sees such a secret")
    func beyond() async throws {
        let refused = await call("POST", "/accounts/bot-ci/tokens", #"{"name":"x","scopes":["repos"]}"#)
        #expect(refused.status == 422)
        #expect(
            refused.json?["detail"]?.string?.contains("you may not use") == true,
            "\(refused.json?.text ?? "")")
        let token = try await house.token("repos", of: ci, scopes: ["repos"]).token
        let rotation = await call("POST", "/tokens/\(token.id)/rotate", "{}")
        #expect(rotation.status == 403)
        #expect(rotation.json?["detail"]?.string?.contains("ask a steward who may to rotate it") == true)
        #expect(await call("DELETE", "/tokens/\(token.id)").status == 204)
    }

    @Test("who is a steward no longer, is a stranger")
    func formerSteward() async throws {
        let id = try await create()["id"]?.string ?? ""
        _ = try await house.ledger.changeGroups(
            of: alice.id, adding: [], removing: ["build-team"],
            event: Event(.subjectGroupsChanged, at: house.now, actor: nil))
        #expect(await call("GET", "/tokens/\(id)", byToken: true).status == 404)
        #expect(await call("GET", "/accounts/bot-ci").status == 404)
        #expect(await call("GET", "/accounts").json == ["accounts": []])
    }
}
