import HTTPServer
import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("Pages: notices")
struct PagesNoticesTests {
    private let pages: PagesHouse
    private var house: TestHouse { pages.house }

    init() throws {
        var abilities = NoticeDesk.Abilities()
        (abilities.mails, abilities.always) = (true, [.leak])
        abilities.team = TeamWebhookRule(hosts: ["hooks.example.com"])
        abilities.makeSecret = { ("whsec_shown", "sealed") }
        pages = try PagesHouse(abilities: abilities)
    }

    /// Tells `person` something.
    private func tell(_ person: Subject, _ titles: String..., failing: Bool = false) async throws {
        let ledger = house.ledger
        _ = try await ledger.leaseNotices(to: 1, until: house.now + .hours(1), at: house.now)
        let notices = titles.map { title in
            NewNotice(
                Notice(
                    id: .next(at: house.now), at: house.now, kind: "expiring", recipient: person.id,
                    content: NoticeContent(
                        title: title, paragraphs: ["It <expires>."],
                        traces: [NoticeDetail("From", "192.0.2.1")],
                        link: NoticeAction("Rotate it", "/tokens"))),
                by: failing ? [.init("mail", at: house.now)] : [])
        }
        let last = try await house.ledger.events(about: nil, before: nil, limit: 1)[0]
        #expect(try await ledger.add(notices, upTo: last.id, of: 1))
        guard failing else { return }
        for new in notices {
            try await ledger.settle([
                DeliveryResult(
                    notice: new.notice.id, channel: "mail", state: .failed, nextAt: house.now,
                    error: "550 <who?>",
                    at: house.now)
            ])
        }
    }

    @Test("the bell counts what is new, the page shows it, and marks it as read")
    func bell() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let empty = await browser.get("/notices")
        #expect(empty.text.contains("There are no notices.") && empty.text.contains(#"aria-label="Notices""#))
        try await tell(alice, "One “x”", "Two")
        let page = await browser.get("/notices")
        #expect(page.text.contains(#"aria-label="Notices: 2 new notices""#))
        #expect(page.text.contains("It &lt;expires&gt;.") && page.text.contains(">Rotate it</a>"))
        let form = try #require(page.text.firstMatch(of: /name="last" value="([0-9a-z]+)"/))
        let read = await browser.post("/notices/read", ["last": String(form.output.1)])
        #expect(read.status == 303)
        let after = await browser.get("/notices")
        #expect(after.text.contains("Marked as read.") && !after.text.contains("new notice"))
        #expect(!after.text.contains("Mark these as read"))
        let (other, _) = try await pages.browser("bob")
        #expect(await other.get("/notices").text.contains("There are no notices."))
    }

    @Test("somebody chooses on the account page, but not what the operator decided")
    func choices() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let page = await browser.get("/account").text
        #expect(page.contains(#"name="notice-expiring""#) && !page.contains(#"name="notice-leak""#))
        #expect(!page.contains(#"name="notice-policy""#), "which is for administrators")
        let saved = await browser.post(
            "/account/notices",
            ["notice-expiring": "daily", "notice-burst": "off", "notice-leak": "off", "notice-policy": "off"])
        #expect(saved.location == "/account")
        #expect(
            try await house.ledger.noticeChoices(of: [alice.id])
                == [alice.id: ["expiring": .daily, "burst": .off]])
        _ = await browser.get("/account")
        _ = await browser.post("/account/notices", ["notice-expiring": "immediate", "notice-burst": "off"])
        #expect(try await house.ledger.noticeChoices(of: [alice.id]) == [alice.id: ["burst": .off]])
    }

    @Test("the link in a digest ends digests without signing in, and no other link does")
    func unsubscribe() async throws {
        let alice = try await house.person("alice")
        try await house.ledger.choose(["expiring": .daily, "burst": .immediate], for: alice.id)
        let path = UnsubscribeLink(key: house.key).path(for: alice.id)
        let stranger = PagesBrowser(pages.application)
        #expect(await stranger.get(path).status == 200)
        #expect(await stranger.get(path + "x").status == 404)
        let other = KeyedHash(key: [UInt8](repeating: 8, count: KeyedHash.keyLength))
        let forged = UnsubscribeLink(key: try #require(other)).path(for: alice.id)
        #expect(await stranger.post(forged, [:]).status == 404)
        #expect(try await house.ledger.noticeChoices(of: [alice.id])[alice.id]?["expiring"] == .daily)
        let done = await stranger.post(path, ["List-Unsubscribe": "One-Click"])
        #expect(done.status == 200 && done.text.contains("No more daily digests"))
        #expect(
            try await house.ledger.noticeChoices(of: [alice.id])
                == [alice.id: ["expiring": .off, "burst": .immediate]])
    }

    @Test("administrators see what failed and why, send it again, and enable what was disabled")
    func deliveries() async throws {
        let (root, _) = try await pages.browser("root", administrator: true)
        let (browser, alice) = try await pages.browser("alice")
        try await tell(alice, "Lost", failing: true)
        #expect(await browser.get("/admin/notices").status == 403)
        let page = await root.get("/admin/notices?state=failed")
        #expect(page.text.contains("550 &lt;who?&gt;") && page.text.contains("to alice"))
        let id = try #require(page.text.firstMatch(of: /name="notice" value="([0-9a-z]+)"/)).output.1
        _ = await root.post("/admin/notices/send-again", ["notice": String(id)])
        #expect(await root.get("/admin/notices").text.contains("It is sent again."))
        #expect(try await house.ledger.deliveryFigures().waiting == 1)
        try await house.ledger.disable(
            DisabledEndpoint("webhook/ops", at: house.now, reason: "410"),
            event: Event(.endpointDisabled, at: house.now, actor: nil))
        #expect(await root.get("/admin/notices").text.contains("webhook/ops"))
        _ = await root.post("/admin/notices/enable", ["name": "webhook/ops"])
        #expect(try await house.ledger.disabledEndpoints().isEmpty)
    }

    @Test("a steward sets a webhook at an allowed host, sees its secret once, and removes it; others do not")
    func teamWebhook() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (other, _) = try await pages.browser("bob")
        let account = try await house.account("bot-ci", stewards: [alice])
        let path = "/accounts/\(account.id)/webhook"
        #expect(await other.get(path).status == 404)
        _ = await browser.get(path)
        for (url, why) in [
            ("http://hooks.example.com/", "must begin with https://"),
            ("https://evil.example/", "must be at one of the hosts"),
            ("https://hooks.example.com@evil.example/", "must not hold a user name"),
            ("https://hooks.example.com.evil.example/", "must be at one of the hosts"),
            ("https://evil.example\\@hooks.example.com/", "must be at one of the hosts"),
        ] {
            let refused = await browser.post(path, ["url": url])
            #expect(refused.status == 422 && refused.text.contains(why), "\(url)")
        }
        #expect(try await house.ledger.teamWebhook(of: account.id) == nil)
        let set = await browser.post(path, ["url": "https://hooks.example.com:8443/a"])
        #expect(set.status == 200 && set.text.contains("whsec_shown"))
        #expect(try await house.ledger.teamWebhook(of: account.id)?.sealedSecret == "sealed")
        let later = await browser.get(path)
        #expect(
            !later.text.contains("whsec_shown") && later.text.contains("https://hooks.example.com:8443/a"))
        #expect(await other.post("\(path)/remove", [:]).status != 303)
        #expect(await browser.post("\(path)/remove", [:]).status == 303)
        #expect(try await house.ledger.teamWebhook(of: account.id) == nil)
    }
}
