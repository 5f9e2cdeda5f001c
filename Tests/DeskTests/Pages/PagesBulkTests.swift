import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("Pages: many tokens at once, and incidents")
struct PagesBulkTests {
    private let pages: PagesHouse
    private let root: PagesBrowser
    private let alice: Subject

    init() async throws {
        pages = try PagesHouse()
        root = try await pages.browser("root", administrator: true).0
        alice = try await pages.house.person("alice")
    }

    private var house: TestHouse { pages.house }

    /// Selects tokens, and returns the address of the preview.
    private func select(_ fields: [String: String], from view: String = "") async throws -> String {
        await root.get("/admin/tokens")
        let response = await root.post("/admin/bulk\(view)", fields)
        #expect(response.status == 303)
        return try #require(response.location)
    }

    @Test("the preview says what will stop working; the notice what was done, and it keeps the search")
    func pause() async throws {
        let token = try await house.token("CI <1>", of: alice).token
        try await house.ledger.record([
            Use(
                secret: token.secret, service: "maven", address: "192.0.2.7", client: "Maven/3.9",
                lastAt: house.clock.now, count: 1, access: .read)
        ])
        _ = try await house.token("other", of: alice)
        let path = try await select(["token": token.id.text], from: "?owner=alice&sort=oldest")
        let preview = await root.get(path)
        #expect(preview.heading == "Pause, revoke or notify: 1 token")
        #expect(
            preview.text.contains("They belong to 1 person. 1 of the tokens was used in the last 7 days:"))
        #expect(preview.text.contains("CI &lt;1&gt;") && !preview.text.contains(">other<"))
        #expect(preview.text.contains(#"id="act-pause" value="pause" checked"#), "pause is chosen")
        let later = try await house.token("later", of: alice).token
        let done = await root.act(path, ["act": "pause", "for": "open"])
        #expect(
            done
                == .init(
                    "/admin/tokens?owner=alice&sort=oldest", "1 token paused until somebody resumes them."))
        #expect(await root.get("/admin/tokens?owner=alice&sort=oldest").notice == nil, "a reload is silent")
        #expect(try await house.ledger.token(token.id)?.pauses.first?.until == nil)
        #expect(try await house.ledger.token(later.id)?.pauses == [])
    }

    @Test("the owners of a finding's tokens get a notice, whose reason the finding suggests")
    func notify() async throws {
        let token = try await house.token("ci", of: alice).token
        let path = try await select(["token": token.id.text], from: "?finding=unlimited")
        #expect(await root.get(path).text.contains(#"value="Every service, and never expires""#))
        let done = await root.act(path, ["act": "notify", "reason": "narrow it"])
        #expect(
            done == .init("/admin/tokens?finding=unlimited", "The owners of 1 token get a notice."))
        #expect(try await house.ledger.events(EventQuery(limit: 1)).events.first?.kind == .ownerNotified)
    }

    @Test("all that match are changed, and no more; without a tick, nothing is revoked")
    func all() async throws {
        for number in 1...3 { _ = try await house.token("t\(number)", of: alice) }
        _ = try await house.token("hers", of: try await house.person("malice"))
        let path = try await select(["all": "yes"], from: "?owner=alice")
        let refused = await root.post(path, ["act": "revoke"])
        #expect(refused.status == 422 && refused.text.contains("Tick the box to revoke them for good."))
        #expect(refused.text.contains(#"id="act-revoke" value="revoke" checked"#))
        let done = await root.act(path, ["act": "revoke", "confirm": "on", "reason": "clean-up"])
        #expect(done == .init("/admin/tokens?owner=alice", "3 tokens revoked."))
        #expect(
            try await house.ledger.events(EventQuery(limit: 1)).events.first?.detail.hasSuffix(": clean-up")
                == true
        )
    }

    @Test("what changed between the preview and the act is named")
    func meanwhile() async throws {
        let one = try await house.token("one", of: alice).token
        let two = try await house.token("two", of: alice).token
        let path = try await select(["all": "yes"], from: "?owner=alice")
        try await house.revoke(two)
        let done = await root.act(path, ["act": "revoke", "confirm": "on"])
        #expect(
            done.notice
                == "1 token revoked. 1 was left as it was, since it changed meanwhile: “two” of alice.")
        #expect(try await house.ledger.token(one.id)?.revocation != nil)
    }

    @Test("what is left out stands there with a box, and is changed only with it")
    func spared() async throws {
        let scim = try await house.token("okta", of: alice, scopes: ["jeton:scim"]).token
        let path = try await select(["token": scim.id.text])
        let preview = await root.get(path)
        #expect(preview.text.contains("Left out, unless you tick them"))
        #expect(preview.text.contains(#"name="also" value="\#(scim.id)""#))
        let done = await root.act(path, ["act": "pause", "for": "1h", "also": scim.id.text])
        #expect(done.notice == "1 token paused for 1 hour.")
    }

    @Test("nothing selected, a selection that is gone, or somebody else's: the page says so")
    func nothing() async throws {
        await root.get("/admin/tokens")
        let none = await root.post("/admin/bulk")
        #expect(none.status == 422 && none.heading == "No token is selected")
        let token = try await house.token("ci", of: alice).token
        let path = try await select(["token": token.id.text])
        let other = try await pages.browser("other", administrator: true).0
        #expect(await other.get(path).heading == "This selection is gone")
        #expect(await other.post(path, ["act": "revoke", "confirm": "on"]).status == 404)
        let (browser, _) = try await pages.browser("bob")
        await browser.get("/tokens")
        #expect(await browser.post("/admin/bulk", ["token": token.id.text]).status == 403)
        #expect(try await house.ledger.token(token.id)?.revocation == nil)
    }

    @Test("leaked secrets open an incident, which is released, revoked and closed in parts")
    func incident() async throws {
        let (leaked, secret) = try await house.token("leaked", of: alice)
        let (second, other) = try await house.token("second", of: alice)
        #expect(await root.get("/admin/incidents").text.contains("There was none so far."))
        let unknown = TokenFormat.standard.makeSecret().reveal()
        let path = try await select(["secrets": "x \(secret.reveal())\n\(other.reveal()) \(unknown)"])
        #expect(!path.contains(unknown) && !path.contains(secret.reveal()))
        #expect(await root.get(path).text.contains("1 secret of the list belongs to no token that works."))
        let untitled = await root.post(path, ["act": "incident", "title": " "])
        #expect(untitled.status == 422 && untitled.text.contains("The title must have 1 to 200 characters."))
        let opened = await root.act(path, ["act": "incident", "title": "CI log <public>"])
        #expect(opened == .init("/admin/incidents/1", "Incident 1 opened: 2 tokens paused."))
        let page = await root.get("/admin/incidents/1")
        #expect(page.heading == "Incident 1: CI log &lt;public&gt;")
        #expect(page.text.contains("2 paused") && !page.text.contains(">Close<"))
        #expect(await root.post("/admin/incidents/1/change", ["act": "release"]).status == 422)
        let released = await root.act(
            "/admin/incidents/1/change", ["act": "release", "token": second.id.text])
        #expect(released == .init("/admin/incidents/1", "1 token released."))
        let unsure = await root.post("/admin/incidents/1/change", ["act": "revoke", "all": "yes"])
        #expect(unsure.status == 422 && unsure.text.contains("Tick the box to revoke them for good."))
        #expect(await root.post("/admin/incidents/1/close").status == 409)
        let revoked = await root.act(
            "/admin/incidents/1/change", ["act": "revoke", "all": "yes", "confirm": "on"])
        #expect(revoked == .init("/admin/incidents/1", "1 token revoked."))
        #expect(try await house.ledger.token(leaked.id)?.revocation != nil)
        #expect(await root.act("/admin/incidents/1/close").notice == "Incident 1 closed.")
        let list = await root.get("/admin/incidents").text
        #expect(list.contains("1: CI log &lt;public&gt;") && list.contains(">closed<"))
        let events = await root.get("/admin/events?incident=1").text
        #expect(events.contains("opened") && events.contains("closed") && events.contains("leaked"))
        #expect(await root.get("/admin/incidents/2").status == 404)
        #expect(await root.get("/admin/incidents/01").status == 404)
    }
}
