import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("Pages: one token")
struct PagesTokenPageTests {
    let pages: PagesHouse
    var house: TestHouse { pages.house }

    init() throws {
        pages = try PagesHouse()
    }

    private func use(
        _ secret: SecretID, _ service: String = "maven", from address: String = "192.0.2.7",
        at moment: Timestamp? = nil, count: Int = 1
    ) async throws {
        let use = Use(
            secret: secret, service: service, address: address, client: "Maven 3.8.7",
            lastAt: moment ?? house.clock.now, count: count)
        try await house.ledger.record([use])
    }

    private func rotate(
        _ token: Token, of owner: Subject, overlap: Overlap = .day, renaming: Bool = false
    ) async throws -> Token {
        try await pages.desk.rotate(
            token.id, of: owner, overlap: overlap, renaming: renaming,
            by: .person(owner, address: "192.0.2.1")
        ).token
    }

    @Test("the page shows the identifier, the first and the last day of each use, and what happened")
    func page() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, _) = try await house.token("ci", of: alice, scopes: ["maven:read"])
        try await use(token.secret, at: house.clock.now - .days(3), count: 5)
        try await use(token.secret, count: 2)
        let page = await browser.get("/tokens/\(token.id)").text
        #expect(page.contains(#"data-copy="the identifier" translate="no">\#(token.id)</code>"#))
        #expect(page.contains(#"<span class="tag">active</span>"#))
        #expect(page.contains(">7<"))
        #expect(page.contains(#"<time datetime="2026-01-28T08:00:00Z">28 Jan 2026</time>"#))
        #expect(page.contains("Maven private repository: read"))
        #expect(!page.contains("/admin/"))
    }

    @Test("a former identifier leads to the page of the token, and changes nothing by itself")
    func alias() async throws {
        let (browser, alice) = try await pages.browser("alice", administrator: true)
        let (old, _) = try await house.token("ci", of: alice)
        let token = try await rotate(old, of: alice, renaming: true)
        for base in ["/tokens", "/admin/tokens"] {
            let page = "\(base)/\(token.id)"
            for path in ["", "/revoke", "/end-previous"] {
                #expect(await browser.get("\(base)/\(old.id)\(path)").location == page)
            }
            await browser.get(page)
            for path in ["/revoke", "/end-previous", "/pause", "/resume"] {
                #expect(await browser.post("\(base)/\(old.id)\(path)", ["for": "1h"]).location == page)
            }
        }
        #expect(try await house.ledger.token(token.id) == token)
        #expect(try await pages.desk.previousSecrets(of: token).count == 1)
        // Events of the former identifier are the token's, too.
        let page = await browser.get("/tokens/\(token.id)").text
        #expect(page.contains("rotated a token, which got another identifier"))
        #expect(page.contains("ci (was \(old.id))"))
    }

    @Test("the address of earlier versions leads to the form that rotates")
    func regenerate() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, _) = try await house.token("ci", of: alice)
        let path = "/tokens/\(token.id)"
        #expect(await browser.get("\(path)/regenerate").location == "\(path)/rotate")
    }

    @Test("an administrator sees whose token it is, and cannot rotate it; the owner's page has no such links")
    func administrator() async throws {
        let (browser, _) = try await pages.browser("alice", administrator: true)
        let bob = try await house.person("bob")
        let (token, _) = try await house.token("ci", of: bob)
        let page = await browser.get("/admin/tokens/\(token.id)").text
        #expect(page.contains(#"<a href="/admin/people/\#(bob.id)">bob</a>"#))
        #expect(page.contains(#"action="/admin/tokens/\#(token.id)/pause""#))
        #expect(page.contains(#"href="/admin/tokens/\#(token.id)/revoke""#))
        #expect(!page.contains("/rotate"))
        try await house.suspend(bob)
        #expect(await browser.get("/admin/tokens/\(token.id)").text.contains("owner suspended"))
        for (query, view) in [("", ""), ("?q=ci", "&amp;q=ci")] {
            let list = await browser.get("/admin/tokens\(query)").text
            #expect(list.contains(#"<a href="/admin/tokens/\#(token.id)?list=1\#(view)">ci</a>"#))
        }
    }

    @Test("an owner learns what an administrator did, but not from where")
    func addresses() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let root = try await house.person("root", administrator: true)
        let (token, _) = try await house.token("ci", of: alice)
        try await pages.desk.pause(
            token.id, of: nil, for: .hours(1), by: .person(root, address: "198.51.100.99"))
        try await pages.desk.pause(
            token.id, of: alice, for: .hours(1), by: .person(alice, address: "198.51.100.11"))
        let page = await browser.get("/tokens/\(token.id)").text
        #expect(page.contains(">root<") && page.contains("198.51.100.11"))
        #expect(!page.contains("198.51.100.99"))
    }

    @Test("places that have moved are ticked; ending the previous secret first shows those that have not")
    func move() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, _) = try await house.token("ci", of: alice)
        for address in ["192.0.2.7", "192.0.2.8"] { try await use(token.secret, from: address) }
        house.pass(.minutes(1))
        let rotated = try await rotate(token, of: alice, overlap: .untilMoved)
        house.pass(.minutes(1))
        try await use(rotated.secret, from: "192.0.2.7")
        let path = "/tokens/\(token.id)"
        let page = await browser.get(path).text
        #expect(page.contains("1 of 2 places that used it has moved to the new secret. Not yet: "))
        #expect(page.contains("from 192.0.2.8, with Maven 3.8.7."))
        #expect(page.contains("✓ moved") && page.contains("not yet"))
        #expect(!page.contains("\(path)/rotate"))

        #expect(await browser.post("\(path)/end-previous").location == "\(path)/end-previous")
        #expect(try await pages.desk.previousSecrets(of: rotated).count == 1)
        let question = await browser.get("\(path)/end-previous").text
        #expect(question.contains("192.0.2.8") && !question.contains("192.0.2.7"))
        #expect(
            await browser.act("\(path)/end-previous", ["confirmed": "yes"])
                == .init(path, "The previous secret of token “ci” has ended. Only the current one works."))
        #expect(try await pages.desk.previousSecrets(of: rotated).isEmpty)
        #expect(try await house.ledger.token(token.id)?.revocation == nil)
        #expect(await browser.get("\(path)/end-previous").location == path)
    }

    @Test("a previous secret from which everything has moved is ended at once")
    func moved() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, _) = try await house.token("ci", of: alice)
        let rotated = try await rotate(token, of: alice)
        let path = "/tokens/\(token.id)"
        await browser.get(path)
        #expect(
            await browser.act("\(path)/end-previous")
                == .init(path, "The previous secret of token “ci” has ended. Only the current one works."))
        #expect(try await pages.desk.previousSecrets(of: rotated).isEmpty)
        #expect(await browser.get(path).text.contains("ended the previous secret of a token"))
    }

    @Test("a previous secret that ends by itself was ended by Jeton, not from the command line")
    func byItself() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, _) = try await house.token("ci", of: alice)
        try await use(token.secret)
        house.pass(.minutes(1))
        let rotated = try await rotate(token, of: alice, overlap: .untilMoved)
        house.pass(.minutes(1))
        try await use(rotated.secret)
        let moved = try await pages.desk.endMoved([])
        #expect(try await pages.desk.endMoved(moved).isEmpty)
        let page = await browser.get("/tokens/\(token.id)").text
        let end = try #require(
            page.split(separator: "<tr").first {
                $0.contains("everything has moved (maven 192.0.2.7 Maven 3.8.7)")
            })
        #expect(end.contains("<div>Jeton</div>"))
        #expect(!end.contains("command line") && !end.contains("this machine"))
    }

    @Test("a token that is used each night is told so, wherever somebody decides about it")
    func rhythm() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, _) = try await house.token("ci", of: alice)
        for night in 0..<60 as Range<Int64> {
            try await use(token.secret, at: house.clock.now - .days(night) - .hours(5))
        }
        try await use(token.secret, "git", at: house.clock.now - .days(50))
        house.pass(.minutes(1))
        let path = "/tokens/\(token.id)"
        for page in [path, "\(path)/revoke", "\(path)/rotate"] {
            let text = await browser.get(page).text
            #expect(text.lowercased().contains("every day about 03:00"), "\(page)")
            #expect(text.contains("Studio projects over Git: once, "), "\(page)")
        }
        #expect(await browser.get("\(path)/revoke").text.contains("Until then, a silence means nothing."))
        _ = try await rotate(token, of: alice)
        #expect(await browser.get("\(path)/end-previous").text.contains("every day about 03:00"))
    }

    @Test(
        "the picture shows the days that were asked for, a year by default",
        arguments: [
            ("", "in the last year"), ("?days=365", "in the last year"), ("?days=30", "in the last 30 days"),
            ("?days=1", "today (UTC)"), ("?days=7", "in the last year"), ("?days=x", "in the last year"),
        ])
    func period(_ query: String, _ words: String) async throws {
        let (browser, alice) = try await pages.browser("alice", administrator: true)
        let (token, _) = try await house.token("ci", of: alice)
        try await use(token.secret)
        for base in ["/tokens", "/admin/tokens"] {
            let text = await browser.get("\(base)/\(token.id)\(query)").text
            #expect(text.contains("1 use \(words)"))
            #expect(text.contains("href=\"\(base)/\(token.id)?days=30#history\""))
        }
    }

    @Test("the use of a secret after its end is pointed out for a month, on a token that works")
    func reuse() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, _) = try await house.token("ci", of: alice)
        let path = "/tokens/\(token.id)"
        #expect(await !browser.get(path).text.contains("Somebody still uses"))
        try await house.ledger.add(
            Event(
                .secretReused, at: house.clock.now, actor: nil, subject: alice.id, token: token.id,
                address: "203.0.113.9", detail: "ci, a previous secret at maven by Maven 3.8.7"))
        let page = await browser.get(path).text
        #expect(page.contains("Somebody still uses, or has stolen, a secret that has ended."))
        #expect(page.contains(", from 203.0.113.9: ci, a previous secret at maven by Maven 3.8.7."))
        house.pass(.days(30))
        await browser.signIn("alice")
        #expect(await !browser.get(path).text.contains("Somebody still uses"))
    }

    @Test("a long story is read in pages, and its secrets stay in sight")
    func manyEvents() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, _) = try await house.token("ci", of: alice)
        for number in 0..<60 {
            house.pass(.seconds(1))
            try await house.ledger.add(
                Event(
                    .tokenChanged, at: house.clock.now, actor: alice.id, subject: alice.id, token: token.id,
                    detail: "change \(number)."))
        }
        let path = "/tokens/\(token.id)"
        let first = await browser.get(path).text
        #expect(first.contains("change 59.") && !first.contains("change 9."))
        #expect(first.contains("created a token"))
        let next = try #require(first.firstMatch(of: /href="(\/tokens\/\w+\?before=[^"]+)"/)?.output.1)
        let second = await browser.get(String(next)).text
        #expect(second.contains("change 9.") && second.contains("change 0."))
        #expect(second.contains("Older events") && !second.contains("change 59."))
    }

    @Test("revoking tells what else could be done, and afterwards what has ended")
    func revoke() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, _) = try await house.token("ci", of: alice)
        let rotated = try await rotate(token, of: alice)
        let child = try await pages.desk.exchange(
            rotated, of: alice, application: "nuxeo-cli", device: "1", from: "here",
            by: .person(alice, address: ""))
        try await use(rotated.secret, at: house.clock.now - .minutes(12))
        let path = "/tokens/\(token.id)"
        let question = await browser.get("\(path)/revoke").text
        for words in [
            "with its previous secret", "nuxeo-cli on device 1", "192.0.2.7",
            "End the previous secret only.", "Pause it instead",
            "does not mean that it no longer needs it",
        ] {
            #expect(question.contains(words), "\(words)")
        }
        let done = await browser.post("\(path)/revoke")
        let page = await browser.get(try #require(done.location)).text
        #expect(
            page.contains("Token “ci” revoked: 2 secrets and 1 token that a program got in exchange."))
        #expect(page.contains(#"<a href="/tokens/\#(child.token.id)">nuxeo-cli</a>"#))
        #expect(page.contains("Revoked on "))
        #expect(!page.contains("action=\"\(path)/pause\""))
        // A link of an earlier version, or a forged one, says nothing.
        let (other, _) = try await house.token("other", of: alice)
        #expect(await browser.get("/tokens/\(other.id)?done=revoked").notice == nil)
    }

    @Test(
        "a token without recent uses is not said to break nothing",
        arguments: [
            (nil, "it was never used since it was created on 31 Jan 2026"),
            (TimeSpan.days(80), ">Maven 3.8.7<"),
            (.days(140), "It was last used on 13 Sep 2025, at Maven private repository"),
        ] as [(TimeSpan?, String)])
    func unused(_ ago: TimeSpan?, _ words: String) async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, _) = try await house.token("ci", of: alice)
        if let ago { try await use(token.secret, at: house.clock.now - ago) }
        #expect(await browser.get("/tokens/\(token.id)/revoke").text.contains(words))
    }

    @Test("a token that has ended while an earlier secret works is shown, with the choice to end that, too")
    func partlyEnded() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let rotation = Rotation(
            secret: .make(at: house.clock.now), digest: TokenFormat.standard.makeSecret().digest,
            at: house.clock.now, previousEndsAt: house.clock.now + .days(7),
            expiresAt: house.clock.now + .hours(1), expirySetAt: house.clock.now)
        try await house.ledger.rotate(
            token.id, rotation, event: Event(.tokenRotated, at: house.clock.now, actor: nil))
        #expect(await !browser.get("/tokens").text.contains("still works."))
        house.pass(.hours(2))
        let list = await browser.get("/tokens").text
        #expect(list.contains("has expired, but a secret that it had before still works."))
        #expect(list.contains("End it, too"))
        let path = "/tokens/\(token.id)"
        #expect(await browser.get(path).text.contains("A secret that it had before still works."))
        #expect(await browser.post("\(path)/end-previous").status == 303)
        #expect(house.record(secret.digest)?.isRevoked == true)
        #expect(await !browser.get("/tokens").text.contains("still works."))
    }
}
