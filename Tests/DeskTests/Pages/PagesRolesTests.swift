import HTTPServer
import Ledger
import SignIn
import TestHouse
import Testing
import Tokens

@testable import DeskPages

@Suite("Pages: who administers, and who is in which groups")
struct PagesRolesTests {
    let house: PagesHouse

    init() throws {
        house = try PagesHouse()
    }

    private func events() async throws -> [Event.Kind] {
        try await house.house.ledger.events(about: nil, before: nil, limit: 20).map(\.kind)
    }

    @Test("the role is given and taken by a page that asks once, and the last who can sign in keeps it")
    func roles() async throws {
        let (alice, her) = try await house.browser("alice", administrator: true)
        let (bob, him) = try await house.browser("bob")
        let page = "/admin/people/\(him.id)"
        #expect(await alice.get("\(page)/promote").heading == "Make bob an administrator?")
        #expect(await bob.get(page).status == 403)
        #expect(await alice.act("\(page)/promote") == .init(page, "bob is now an administrator."))
        #expect(await bob.get(page).status == 200)
        #expect(await alice.get("\(page)/demote").heading == "Remove the administrator role from bob?")
        #expect(await alice.act("\(page)/demote") == .init(page, "bob is no longer an administrator."))
        #expect(await bob.get(page).status == 403)
        let last = await alice.post("/admin/people/\(her.id)/demote")
        #expect(last.status == 403)
        #expect(last.text.contains("alice is the last administrator of this desk who can sign in"))
        #expect(try await events().prefix(2) == [.subjectDemoted, .subjectPromoted])
        let (carol, other) = try await house.browser("carol", administrator: true)
        await carol.get("/tokens")
        #expect(
            await carol.act("/admin/people/\(other.id)/demote")
                == .init("/tokens", "You are no longer an administrator."))
        let suspended = try await house.house.person("dora")
        try await house.house.suspend(suspended)
        await alice.get("/tokens")
        let refused = await alice.post("/admin/people/\(suspended.id)/promote")
        #expect((refused.status, refused.text.contains("dora is suspended")) == (403, true))
    }

    @Test("groups are given by the page, and a name that cannot be one stays in the field")
    func groups() async throws {
        let (alice, _) = try await house.browser("alice", administrator: true)
        let (bob, him) = try await house.browser("bob")
        let page = "/admin/people/\(him.id)"
        #expect(await alice.get(page).text.contains("None yet."))
        #expect(await bob.get("/tokens").text.contains("access.secret") == false)
        #expect(
            await alice.act("\(page)/groups", ["groups": "dev,, ops ,dev"])
                == .init(page, "Groups of bob saved. They apply at every service from now on."))
        #expect(try await house.house.ledger.subject(him.id)?.groups == ["dev", "ops"])
        #expect(await bob.get("/tokens").text.contains("access.secret"))
        #expect(await alice.get("/admin/people").text.contains("in dev, ops"))
        let long = String(repeating: "x", count: 201)
        let refused = await alice.post("\(page)/groups", ["groups": "dev, \(long)"])
        #expect((refused.status, refused.text.contains("dev, \(long)")) == (422, true))
        #expect(await alice.post("\(page)/groups", ["groups": ""]).status == 303)
        #expect(try await house.house.ledger.subject(him.id)?.groups == [])
        let added = await alice.post("/admin/people", ["login": "erin", "groups": "dev"])
        #expect(added.status == 303)
        #expect(try await house.house.ledger.subject(login: Login("erin"))?.groups == ["dev"])
    }

    @Test(
        "who was provisioned is in the provider's groups, and has a page without acts once the account has ended"
    )
    func provisioned() async throws {
        let (alice, _) = try await house.browser("alice", administrator: true)
        let emil = try await house.house.provision("emil")
        let page = "/admin/people/\(emil.id)"
        let shown = await alice.get(page)
        #expect(shown.text.contains("The identity provider decides on the groups of emil"))
        #expect(!shown.text.contains("name=\"groups\""))
        let refused = await alice.post("\(page)/groups", ["groups": "dev"])
        #expect(refused.status == 403)
        // Without groups that administer the role is the desk's own affair.
        #expect(await alice.post("\(page)/promote").status == 303)
        let now = house.house.clock.now
        try await house.house.ledger.end(
            emil.id, at: nil, event: Event(.subjectEnded, at: now, actor: nil, subject: emil.id))
        let removed = await alice.get(page)
        #expect((removed.status, removed.heading) == (200, "emil"))
        #expect(!removed.text.contains("<form method=\"post\" action=\"/admin"))
        let late = await alice.post("\(page)/promote")
        #expect((late.status, late.heading) == (409, "Nothing was changed"))
    }

    @Test("a fresh desk says where the link is, and one that somebody administered never again")
    func fresh() async throws {
        let visitor = PagesBrowser(house.application)
        let empty = await visitor.get("/")
        #expect(empty.heading == "No account exists yet")
        #expect(!empty.text.contains("type=\"password\""))
        #expect(await visitor.get("/sign-in").text.contains("type=\"password\""))
        let bob = try await house.house.person("bob", password: PagesHouse.password)
        #expect(await visitor.get("/").text.contains("This desk has no administrator yet."))
        try await house.house.ledger.appoint(
            bob.id, administrator: true, event: Event(.subjectPromoted, at: house.house.clock.now, actor: nil)
        )
        #expect(!(await visitor.get("/").text.contains("administers")))
    }
}
