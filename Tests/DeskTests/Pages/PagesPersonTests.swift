import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("Pages: a person, and the list of people")
struct PagesPersonTests {
    let house: PagesHouse

    init() throws {
        house = try PagesHouse()
    }

    @Test("the page says who somebody is, where they are signed in, and what they have")
    func page() async throws {
        let (root, _) = try await house.browser("root", administrator: true)
        let (_, bob) = try await house.browser("bob")
        _ = try await house.house.token("bob's build", of: bob)
        let page = await root.get("/admin/people/\(bob.id)")
        #expect(page.heading == "bob")
        for words in [
            "With a password", "1 token in use", "bob&#39;s build", "Where they are signed in", "signed in",
            "href=\"/admin/tokens?state=all&amp;owner=bob\"", "href=\"/admin/events?subject=\(bob.id)\"",
            "No account is known",
        ] {
            #expect(page.text.contains(words), "\(words)")
        }
        #expect(await root.get("/admin/people").text.contains(#"aria-label="1 token of bob""#))
    }

    @Test("one browser is signed out, and then all, also while its person is active")
    func sessions() async throws {
        let (root, _) = try await house.browser("root", administrator: true)
        let (first, bob) = try await house.browser("bob")
        let second = PagesBrowser(house.application)
        await second.signIn("bob")
        let sessions = try await house.house.ledger.sessions(of: bob.id)
        #expect(sessions.count == 2)
        await root.get("/admin/people/\(bob.id)")
        let page = "/admin/people/\(bob.id)"
        let one = try #require(sessions.last)
        let done = await root.act("\(page)/end-session", ["session": one.id.text])
        #expect(done == .init(page, "bob is signed out of that browser."))
        #expect(await root.get(page).notice == nil)
        #expect(try await house.house.ledger.sessions(of: bob.id).map(\.id) == [sessions[0].id])
        // Again, and somebody else's: nothing happens.
        #expect(await root.post("\(page)/end-session", ["session": one.id.text]).status == 303)
        #expect(await root.post("\(page)/end-session", ["session": "x"]).status == 422)
        #expect(await root.act("\(page)/end-sessions") == .init(page, "bob is signed out of all browsers."))
        #expect(await first.get("/tokens").status == 303)
        #expect(await second.get("/tokens").status == 303)
        let events = await root.get("/admin/events").text
        #expect(events.contains("signed bob out of a browser"))
        #expect(events.contains("signed bob out everywhere"))
    }

    @Test("a rename applies at once; what is wrong with it is said, and what was typed is kept")
    func rename() async throws {
        let (root, _) = try await house.browser("root", administrator: true)
        let (bobs, bob) = try await house.browser("bob")
        let path = "/admin/people/\(bob.id)/edit"
        #expect(await root.get(path).heading == "Edit bob")
        let wrong = await root.post(path, ["login": "ROOT", "name": "Robert", "email": ""])
        #expect(wrong.status == 422)
        #expect(wrong.text.contains("The login is already taken.") && wrong.text.contains(#"value="Robert""#))
        let bad = await root.post(path, ["login": "b:b", "name": "", "email": "nowhere"])
        #expect(bad.text.contains("Please fix 3 things"))
        let done = await root.act(path, ["login": "rob", "name": "Robert", "email": "rob@example.com"])
        #expect(
            done
                == .init("/admin/people/\(bob.id)", "rob saved. The change applies everywhere from now on."))
        let renamed = try #require(try await house.house.ledger.subject(bob.id))
        #expect((renamed.login.text, renamed.name, renamed.email) == ("rob", "Robert", "rob@example.com"))
        #expect(await bobs.get("/account").text.contains("Login rob"))
        let again = PagesBrowser(house.application)
        await again.signIn("rob")
        #expect(await again.get("/tokens").status == 200)
        let count = try await house.house.ledger.events(about: bob.id, before: nil, limit: 50).count
        #expect(
            await root.post(path, ["login": "rob", "name": "Robert", "email": "rob@example.com"]).status
                == 303)
        // Nothing has changed, so nothing has happened.
        #expect(try await house.house.ledger.events(about: bob.id, before: nil, limit: 50).count == count)
    }

    @Test("a removal says what ends, asks for the login, and frees it; in time an identifier is left")
    func remove() async throws {
        let (root, _) = try await house.browser("root", administrator: true)
        let (bobs, bob) = try await house.browser("bob")
        let (token, secret) = try await house.house.token("bob's build", of: bob)
        let path = "/admin/people/\(bob.id)/remove"
        let question = await root.get(path)
        #expect(question.heading == "Remove bob?")
        #expect(question.text.contains("1 token is revoked everywhere."))
        #expect(question.text.contains("They are signed out of 1 browser."))
        let mistyped = await root.post(path, ["login": "rob"])
        #expect((mistyped.status, mistyped.text.contains("Type bob to confirm.")) == (422, true))
        #expect(try await house.house.ledger.subject(bob.id)?.endedAt == nil)
        #expect(
            await root.act(path, ["login": "bob"])
                == .init(
                    "/admin/people",
                    "bob removed. They cannot sign in, their tokens are revoked, and their login is free."))
        #expect(await bobs.get("/tokens").status == 303)
        #expect(try await house.house.kept(secret.digest)?.revocation?.reason == .accountEnded)
        let again = PagesBrowser(house.application)
        await again.signIn("bob")
        #expect(await again.get("/tokens").status == 303)
        #expect(!(await root.get("/admin/people").text.contains("bob")))
        // The login is free again.
        await root.get("/admin/people")
        #expect(await root.post("/admin/people", ["login": "bob"]).status == 303)
        try await removedPages(root, bob, token, calling: "bob")
        var retention = EventRetention()
        retention.eraseAfter = .days(30)
        house.house.pass(.days(29))
        try await house.house.ledger.forget(retention, at: house.house.clock.now)
        await root.signIn("root")
        try await removedPages(root, bob, token, calling: "bob")
        house.house.pass(.days(2))
        try await house.house.ledger.forget(retention, at: house.house.clock.now)
        await root.signIn("root")
        try await removedPages(root, bob, token, calling: "removed person \(bob.id)")
    }

    /// What administrators see of a removed person, who is called so.
    private func removedPages(
        _ root: PagesBrowser, _ bob: Subject, _ token: Token, calling name: String
    ) async throws {
        let page = await root.get("/admin/people/\(bob.id)")
        #expect(page.heading == name && page.text.contains("bob&#39;s build"))
        #expect(await root.get("/admin/tokens/\(token.id)").text.contains(name))
        #expect(
            await root.get("/admin/events?subject=\(bob.id)").text.contains("closed the account of \(name)"))
        // Somebody else has the login now.
        let tokens = await root.get("/admin/tokens?owner=\(bob.id)&state=all").text
        #expect(tokens.contains("bob&#39;s build"))
        #expect(!(await root.get("/admin/tokens?owner=bob&state=all").text.contains("bob&#39;s build")))
    }

    @Test("one administrator removes a person while another is about to promote them")
    func atOnce() async throws {
        let (root, _) = try await house.browser("root", administrator: true)
        let (other, _) = try await house.browser("other", administrator: true)
        let (_, bob) = try await house.browser("bob")
        let page = "/admin/people/\(bob.id)"
        #expect(await other.get("\(page)/promote").status == 200)
        await root.get("\(page)/remove")
        #expect(await root.post("\(page)/remove", ["login": "bob"]).status == 303)
        for act in ["promote", "suspend", "resume", "invite", "end-sessions", "remove", "groups", "edit"] {
            let late = await other.post("\(page)/\(act)", ["login": "bob", "name": "Bob", "groups": "dev"])
            #expect((late.status, late.heading) == (409, "Nothing was changed"), "\(act)")
        }
        #expect(try await house.house.ledger.subject(bob.id)?.isAdministrator == false)
    }

    @Test("nobody removes themselves, the last administrator, or whom the provider provisions")
    func refusals() async throws {
        let (root, she) = try await house.browser("root", administrator: true)
        await root.get("/admin/people")
        let own = await root.post("/admin/people/\(she.id)/remove", ["login": "root"])
        #expect((own.status, own.text.contains("You cannot remove yourself")) == (403, true))
        let emil = try await house.house.provision("emil")
        let provisioned = await root.post("/admin/people/\(emil.id)/remove", ["login": "emil"])
        #expect(provisioned.status == 403)
        #expect(provisioned.text.contains("remove the account there"))
        #expect(await root.get("/admin/people/\(emil.id)/edit").status == 403)
        #expect(
            !(await root.get("/admin/people/\(emil.id)").text.contains(
                "href=\"/admin/people/\(emil.id)/edit\"")))
        let (bobs, _) = try await house.browser("bob")
        await bobs.get("/tokens")
        #expect(await bobs.post("/admin/people/\(she.id)/remove", ["login": "root"]).status == 403)
        #expect(try await house.house.ledger.subject(she.id)?.endedAt == nil)
    }

    @Test("people are listed in pages, and what the list shows is in its address")
    func list() async throws {
        let (root, _) = try await house.browser("root", administrator: true)
        for number in 0..<120 {
            _ = try await house.house.person("p\(number + 100)", name: "Person \(219 - number)")
        }
        var seen: [String] = []
        var path: String? = "/admin/people?order=name&search=person"
        while let next = path {
            let page = await root.get(next).text
            #expect(seen.isEmpty == !page.contains("Back to the first page"))
            #expect(page.contains("120 people"))
            seen += page.matches(of: />(p\d\d\d)<\/a>/).map { String($0.output.1) }
            path = page.firstMatch(of: /href="([^"]*after=[^"]*)"/).map {
                String($0.output.1).replacing("&amp;", with: "&")
            }
        }
        #expect(seen == (0..<120).map { "p\(219 - $0)" })
        #expect(await root.get("/admin/people?state=administrator").text.contains(">root</a>"))
        #expect(await root.get("/admin/people?state=suspended").text.contains("There is nobody like that."))
        #expect(await root.get("/admin/people?search=zo%C3%AB").text.contains("No people match “zoë”."))
        // What the address does not say in the right form counts as not said.
        for odd in ["state=x", "order=x", "after=x", "after=0000000000000-1"] {
            #expect(await root.get("/admin/people?\(odd)").status == 200)
        }
    }
}
