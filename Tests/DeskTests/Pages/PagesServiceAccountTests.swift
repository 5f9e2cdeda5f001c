import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("Pages: service accounts, for administrators")
struct PagesServiceAccountTests {
    let house: PagesHouse

    init() throws {
        house = try PagesHouse()
    }

    private let ci = [
        "login": "bot-ci", "title": "Nightly builds", "purpose": "Builds main every night",
        "owners": "build-team", "service.maven": "on", "addresses": "10.0.0.0/8", "review_on": "2026-06-01",
    ]

    @Test("an administrator creates an account, and sees who its stewards are")
    func create() async throws {
        let (root, _) = try await house.browser("root", administrator: true)
        _ = try await house.house.person("alice", groups: ["build-team"])
        let empty = await root.get("/admin/accounts")
        #expect(empty.text.contains("There are no service accounts yet"))
        #expect(empty.text.contains("href=\"/admin/accounts/new\""))
        #expect(await root.get("/admin/accounts/new").heading == "New service account")
        let location = try #require(await root.post("/admin/accounts", ci).location)
        let page = await root.get(location)
        #expect(
            page.notice == "Service account bot-ci created. Its stewards can now create tokens for it.")
        #expect((page.status, page.heading) == (200, "bot-ci"))
        for words in [
            "Builds main every night", "alice", "in build-team", "attended", "Only from 10.0.0.0/8",
            "1 Jun 2026", "bot-ci, a service account", "Maven private repository",
        ] {
            #expect(page.text.contains(words), "\(words)")
        }
        let list = await root.get("/admin/accounts")
        for words in ["bot-ci", "Nightly builds", "alice", "owned by build-team", "1 Jun 2026"] {
            #expect(list.text.contains(words), "\(words)")
        }
        #expect(!(await root.get("/admin/people").text.contains("bot-ci")))
    }

    @Test("a form with faults says all of them, and keeps what was typed")
    func faults() async throws {
        let (root, _) = try await house.browser("root", administrator: true)
        await root.get("/admin/accounts/new")
        let refused = await root.post(
            "/admin/accounts",
            [
                "login": "ci", "title": "Nightly <b>", "stewards": "nobody", "service.git": "on",
                "addresses": "home",
            ])
        #expect(refused.status == 422)
        for words in [
            "must fit “bot-*”", "There is no person “nobody”",
            "The purpose must not be empty", "is not an IP address", "Nightly &lt;b&gt;", "value=\"nobody\"",
            "id=\"service.git\" name=\"service.git\" value=\"on\" checked", "at least two stewards",
        ] {
            #expect(refused.text.contains(words), "\(words)")
        }
        var dated = ci
        dated["review_on"] = "soon"
        #expect(await root.post("/admin/accounts", dated).text.contains("Choose a date"))
        dated["review_on"] = "2026-01-01"
        #expect(await root.post("/admin/accounts", dated).text.contains("review date must be in the future"))
        #expect(try await house.house.ledger.accounts() == [])
    }

    @Test(
        "everything but the login is edited, and a service that is no longer configured is not dropped unseen"
    )
    func edit() async throws {
        let (root, _) = try await house.browser("root", administrator: true)
        await root.get("/admin/accounts/new")
        await root.post("/admin/accounts", ci)
        let account = try #require(try await house.house.ledger.accounts().first)
        let page = "/admin/accounts/\(account.id)"
        var edit = ci
        edit["login"] = "bot-other"
        edit["purpose"] = "Builds all branches"
        edit["groups"] = "ops, ci"
        #expect(
            await root.act(page, edit)
                == .init(page, "bot-ci saved. The change applies at every service from now on."))
        let changed = try #require(try await house.house.ledger.subject(account.id))
        #expect((changed.login.text, changed.groups) == ("bot-ci", ["ops", "ci"]))
        #expect(changed.account?.purpose == "Builds all branches")
        edit["owners"] = ""
        let refused = await root.post(page, edit)
        #expect((refused.status, refused.heading) == (422, "bot-ci"))
        #expect(refused.text.contains("so that it survives any of them"))
        var stale = changed.account ?? ServiceAccount(purpose: "")
        stale.services = [try ServiceName("gone")]
        let now = house.house.now
        try await house.house.ledger.change(
            account.id, title: try PersonName("x"), account: stale,
            event: Event(.accountChanged, at: now, actor: nil))
        #expect(await root.get(page).text.contains("gone, which is no longer configured"))
        let kept = await root.post(page, ["purpose": "x", "owners": "a", "service.gone": "on"])
        #expect((kept.status, kept.text.contains("there is no service “gone”")) == (422, false))
        #expect(kept.text.contains("There is no service “gone”"))
    }

    @Test("suspending and removing say what will stop working, and how often it is used")
    func stop() async throws {
        let (root, _) = try await house.browser("root", administrator: true)
        await root.get("/admin/accounts/new")
        await root.post("/admin/accounts", ci)
        let account = try #require(try await house.house.ledger.accounts().first)
        let page = "/admin/accounts/\(account.id)"
        #expect(await root.get("\(page)/remove").text.contains("Nothing: it has no tokens in use."))
        let (token, _) = try await house.house.token("Nightly", of: account, scopes: ["maven"])
        _ = try await house.house.token("Yearly", of: account, scopes: ["maven"])
        try await house.house.ledger.record([
            Use(
                secret: token.secret, service: "maven", address: "10.0.0.7", client: "Maven 3.9.9",
                lastAt: house.house.now, count: 41)
        ])
        for (path, heading) in [("suspend", "Suspend bot-ci?"), ("remove", "Remove bot-ci?")] {
            let asked = await root.get("\(page)/\(path)")
            #expect(asked.heading == heading)
            for words in ["Maven private repository", "10.0.0.7", "41", "Yearly", "never used"] {
                #expect(asked.text.contains(words), "\(path): \(words)")
            }
        }
        #expect(
            await root.act("\(page)/suspend")
                == .init(page, "bot-ci suspended. None of its tokens work any more."))
        let suspended = await root.get(page)
        #expect(suspended.text.contains("<span class=\"tag bad\">suspended</span>"))
        #expect(
            await root.act("\(page)/resume") == .init(page, "bot-ci resumed. Its tokens work again."))
        #expect(await root.get(page).text.contains("changed the groups") == false)
        #expect(await root.get(page).text.contains("resumed bot-ci"))
        #expect(
            await root.act("\(page)/remove")
                == .init("/admin/accounts", "bot-ci removed. Its tokens are revoked everywhere."))
        let former = await root.get(page)
        #expect((former.status, former.heading) == (200, "bot-ci"))
        for words in [
            "Removed on ", "2 revoked or expired tokens", "Nightly", "closed the account of bot-ci",
        ] {
            #expect(former.text.contains(words), "\(words)")
        }
        #expect(!former.text.contains("<form method=\"post\" action=\"/admin"))
        #expect(await root.get("\(page)/suspend").status == 404)
        #expect(await root.get("/admin/accounts?state=removed").text.contains("href=\"\(page)\""))
        #expect(try await house.house.ledger.token(token.id)?.revocation?.reason == .accountEnded)
    }

    @Test("on every page of theirs administrators are told of an account that nobody attends to")
    func unattended() async throws {
        let (root, _) = try await house.browser("root", administrator: true)
        let alice = try await house.house.person("alice", groups: ["build-team"])
        await root.get("/admin/accounts/new")
        await root.post("/admin/accounts", ci)
        let account = try #require(try await house.house.ledger.accounts().first)
        let words = "has had no active steward since 31 Jan 2026: its tokens pause on 2 Mar 2026"
        #expect(!(await root.get("/admin/events").text.contains(words)))
        try await house.house.suspend(alice)
        for path in ["/admin/events", "/admin/people", "/admin/tokens", "/admin/accounts", "/admin/whose"] {
            let page = await root.get(path)
            #expect(page.text.contains(words), "\(path)")
            #expect(page.text.contains("<span class=\"number\">1<"), "\(path)")
        }
        #expect(!(await root.get("/tokens").text.contains(words)))
        #expect(await root.get("/tokens").text.contains("<span class=\"number\">1<"))
        let (bob, _) = try await house.browser("bob")
        #expect(!(await bob.get("/tokens").text.contains("class=\"number\"")))
        house.house.pass(.days(30))
        await root.signIn("root")
        #expect(
            await root.get("/admin/accounts").text.contains("its tokens have been paused since 2 Mar 2026"))
        #expect(await root.get("/admin/accounts/\(account.id)").text.contains("Nobody who is active"))
        house.house.pass(.days(100))
        await root.signIn("root")
        #expect(await root.get("/admin/accounts").text.contains("Is it still needed?"))
        // A date that has passed is kept until somebody chooses another.
        let page = "/admin/accounts/\(account.id)"
        #expect(await root.get(page).text.contains("value=\"2026-06-01\" min=\"2026-06-01\""))
        #expect(await root.act(page, ci).page == page)
    }

    @Test("an account has no page as a person, and is told by its kind wherever it is shown")
    func shown() async throws {
        let (root, _) = try await house.browser("root", administrator: true)
        await root.get("/admin/accounts/new")
        await root.post("/admin/accounts", ci)
        let account = try #require(try await house.house.ledger.accounts().first)
        let (token, _) = try await house.house.token("Nightly", of: account, scopes: ["maven"])
        let person = "/admin/people/\(account.id)"
        #expect(await root.get(person).location == "/admin/accounts/\(account.id)")
        #expect(await root.post("\(person)/groups", ["groups": "dev"]).status == 404)
        #expect(await root.post("\(person)/suspend").status == 404)
        let link = "href=\"/admin/accounts/\(account.id)\""
        for path in ["/admin/tokens", "/admin/tokens/\(token.id)", "/admin/events"] {
            let page = await root.get(path)
            #expect(page.text.contains(link), "\(path)")
            #expect(page.text.lowercased().contains("service account"), "\(path)")
        }
        let found = await root.post("/admin/whose", ["text": "bot-ci"])
        #expect(found.text.contains(link))
    }
}
