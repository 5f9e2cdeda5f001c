import HTTPServer
import Ledger
import SignIn
import TestHouse
import Testing
import Tokens

@testable import DeskPages

@Suite("Pages: administration")
struct PagesAdministrationTests {
    let house: PagesHouse

    init() throws {
        house = try PagesHouse()
    }

    @Test(
        "who is no administrator is told so", arguments: ["/admin/people", "/admin/tokens", "/admin/events"])
    func notAnAdministrator(_ path: String) async throws {
        let (browser, _) = try await house.browser("bob")
        let answer = await browser.get(path)
        #expect((answer.status, answer.heading) == (403, "For administrators only"))
        #expect(!(await browser.get("/tokens").text.contains("/admin/")))
        #expect(await browser.post("/admin/people", ["login": "mallory"]).status == 403)
    }

    @Test("a new person comes by a link that is shown once and works once")
    func addPerson() async throws {
        let (browser, _) = try await house.browser("alice", administrator: true)
        await browser.get("/admin/people")
        let added = await browser.post("/admin/people", ["login": "bob", "name": "Bob", "email": ""])
        let location = try #require(added.location)
        #expect(location.hasPrefix("/admin/people?invited="))
        let page = await browser.get(location)
        let link = try #require(
            page.text.firstMatch(of: /https:\/\/tokens\.example\.com(\/welcome\?code=[\w-]+)/))
        #expect(!(await browser.get(location).text.contains("/welcome?code=")))
        #expect(await browser.get("/admin/events").text.contains("created a link to set a password for bob"))

        let bob = PagesBrowser(house.application)
        #expect(await bob.get(String(link.output.1)).heading == "Welcome, Bob")
        let code = String(link.output.1.split(separator: "=")[1])
        let fields = ["code": code, "password": PagesHouse.password, "password-again": PagesHouse.password]
        #expect(await bob.post("/welcome", fields).location == "/tokens")
        #expect(await bob.get("/tokens").status == 200)
        #expect(await PagesBrowser(house.application).get(String(link.output.1)).status == 404)
    }

    @Test("a person who cannot be added is said why, and what was typed is kept")
    func addPersonFaults() async throws {
        let (browser, _) = try await house.browser("alice", administrator: true)
        await browser.get("/admin/people")
        let taken = await browser.post(
            "/admin/people", ["login": "ALICE", "name": "Other", "email": "nowhere"])
        #expect(taken.status == 422)
        #expect(taken.text.contains("The e-mail address must be an e-mail address"))
        #expect(taken.text.contains(#"value="Other""#))
        let again = await browser.post("/admin/people", ["login": "ALICE"])
        #expect(again.text.contains("The login is already taken."))
    }

    @Test("suspending says what stops, ends sessions and tokens, and is undone by resuming")
    func suspend() async throws {
        let (browser, alice) = try await house.browser("alice", administrator: true)
        let (bobs, bob) = try await house.browser("bob")
        _ = try await house.house.token("bob's build", of: bob)
        let question = await browser.get("/admin/people/\(bob.id)/suspend")
        #expect(question.heading == "Suspend bob?")
        #expect(question.text.contains("bob&#39;s build"))
        #expect(
            await browser.act("/admin/people/\(bob.id)/suspend")
                == .init("/admin/people/\(bob.id)", "bob suspended. None of their tokens work any more."))
        #expect(await bobs.get("/tokens").status == 303)
        await browser.get("/admin/people")
        #expect(
            await browser.act("/admin/people/\(bob.id)/resume")
                == .init(
                    "/admin/people/\(bob.id)", "bob resumed. They can sign in, and their tokens work again."))
        #expect(try await house.house.ledger.subject(bob.id)?.isSuspended == false)

        let own = await browser.post("/admin/people/\(alice.id)/suspend")
        #expect((own.status, own.text.contains("You cannot suspend yourself.")) == (403, true))
        #expect(try await house.house.ledger.subject(alice.id)?.isSuspended == false)
    }

    @Test("an identity is released after a question, and ends the sessions")
    func release() async throws {
        let (browser, alice) = try await house.browser("alice", administrator: true)
        let (bobs, bob) = try await house.browser("bob")
        let path = "/admin/people/\(bob.id)/release-identity"
        #expect(await browser.get(path).heading == "Release the identity of bob?")
        let none = await browser.post(path)
        #expect((none.status, none.text.contains("bob has no identity to release")) == (403, true))
        let ledger = house.house.ledger
        let now = house.house.clock.now
        let carol = Subject(id: .make(at: now), login: try Login("carol"), createdAt: now)
        try await ledger.add(
            carol, identity: Identity(issuer: "https://id.example", name: "1"),
            event: Event(.subjectAdded, at: now, actor: nil))
        await browser.get("/admin/people")
        #expect(
            await browser.act("/admin/people/\(carol.id)/release-identity")
                == .init(
                    "/admin/people/\(carol.id)",
                    "Identity of carol released. The next sign-in with that login is linked to this account.")
        )
        #expect(try await ledger.person(carol.id)?.releasedAt == now)
        #expect(
            await browser.get("/admin/events").text.contains("released the identity of carol"))
        await browser.get("/admin/people")
        let own = await browser.post("/admin/people/\(alice.id)/release-identity")
        #expect((own.status, own.text.contains("You cannot release your own identity")) == (403, true))
        await bobs.get("/tokens")
        #expect(await bobs.post("/admin/people/\(carol.id)/release-identity").status == 403)
    }

    @Test("whom the provider deactivated is resumed by the provider alone; who has ended is listed apart")
    func provisioned() async throws {
        let (browser, _) = try await house.browser("alice", administrator: true)
        let ledger = house.house.ledger
        let bob = try await house.house.provision("bob", active: false).id
        let carol = try await house.house.provision("carol").id
        try await ledger.end(
            carol, at: nil, event: Event(.subjectEnded, at: house.house.clock.now, actor: nil))
        let page = await browser.get("/admin/people").text
        #expect(page.contains("deactivated by the provider"))
        #expect(!page.contains("carol"))
        let removed = await browser.get("/admin/people?state=removed").text
        #expect(removed.contains(">carol</a>") && !removed.contains(">bob</a>"))

        let refused = await browser.post("/admin/people/\(bob)/resume")
        #expect(refused.status == 403)
        #expect(refused.text.contains("was deactivated by the identity provider"))
        // An administrator may suspend as well, and resume what they suspended, and no more.
        #expect(await browser.post("/admin/people/\(bob)/suspend").status == 303)
        #expect(try await ledger.subject(bob)?.suspendedAt != nil)
        await browser.get("/admin/people")
        #expect(await browser.post("/admin/people/\(bob)/resume").status == 303)
        #expect(try await ledger.subject(bob)?.suspendedAt == nil)
        #expect(try await ledger.subject(bob)?.isSuspended == true)
    }

    @Test("every token of the house is found, and ended by an administrator")
    func allTokens() async throws {
        let (browser, _) = try await house.browser("alice", administrator: true)
        let bob = try await house.house.person("bob")
        let (token, secret) = try await house.house.token("bob's build", of: bob)
        #expect(await browser.get("/admin/tokens?q=build").text.contains("bob&#39;s build"))
        #expect(
            await browser.get("/admin/tokens?q=nothing").text.contains("No token matches."))
        let question = await browser.get("/admin/tokens/\(token.id)/revoke")
        #expect(question.text.contains("It belongs to bob."))
        #expect(
            await browser.act("/admin/tokens/\(token.id)/revoke")
                == .init(
                    "/admin/tokens/\(token.id)",
                    "Token “bob&#39;s build” of bob revoked: 1 secret. No request with it is granted any more."
                ))
        #expect(try await house.house.kept(secret.digest)?.revocation?.reason == .byAdministrator)
        let events = await browser.get("/admin/events").text
        #expect(events.contains("revoked a token of bob"))
        #expect(events.contains(#"<a href="/admin/tokens/\#(token.id)">"#))
    }

    @Test("who is not known is someone, and on the machine itself the command line")
    func actors() async throws {
        let (browser, alice) = try await house.browser("alice", administrator: true)
        let ledger = house.house.ledger
        for (address, detail) in [("192.0.2.1", "found (by who held it)"), ("", "ended")] {
            try await ledger.add(
                Event(
                    .tokenRevoked, at: house.house.clock.now, actor: nil, subject: alice.id, address: address,
                    detail: detail))
        }
        // Its address may be unknown.
        try await ledger.add(
            Event(.secretReused, at: house.house.clock.now, actor: nil, subject: alice.id, detail: "reused"))
        let rows = await browser.get("/admin/events").text.split(separator: "<tr").map(String.init)
        for (detail, who) in [
            ("found (by who held it)", "someone"), (">ended<", "command line"), (">reused<", "someone"),
        ] {
            let row = try #require(rows.first { $0.contains(detail) })
            #expect(row.contains(">\(who)<"))
        }
    }

    @Test("a long list goes on by a cursor")
    func cursor() async throws {
        let (browser, alice) = try await house.browser("alice", administrator: true)
        for number in 0..<101 {
            house.house.pass(.seconds(1))
            _ = try await house.house.token("token \(number)", of: alice)
        }
        var pages: [String] = []
        var path: String? = "/admin/tokens"
        while let next = path {
            pages.append(await browser.get(next).text)
            path = pages.last?.firstMatch(of: /href="(\/admin\/tokens\?after=[^"]+)">Next 50</).map {
                String($0.output.1)
            }
        }
        #expect(pages.map { $0.matches(of: />token \d+<\/a>/).count } == [50, 50, 1])
        #expect(pages.last?.contains(">token 0</a>") == true)
    }
}
