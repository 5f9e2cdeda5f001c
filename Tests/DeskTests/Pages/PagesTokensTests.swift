import HTTPServer
import Ledger
import SignIn
import TestHouse
import Testing
import Tokens

@testable import DeskPages

@Suite("Pages: My Tokens")
struct PagesTokensTests {
    let house: PagesHouse

    init() throws {
        house = try PagesHouse()
    }

    private func tokens(of owner: Subject) async throws -> [Token] {
        try await house.house.ledger.tokens(TokenQuery(owner: owner.id, now: house.house.clock.now)).map(
            \.token)
    }

    /// Makes a token as a person does; returns the address that the form led to.
    private func create(_ browser: PagesBrowser, _ fields: [String: String] = [:]) async throws -> String {
        await browser.get("/tokens")
        let made = await browser.post(
            "/tokens", ["name": "CI chain", "services": "every"].merging(fields) { $1 })
        #expect(made.status == 303)
        return try #require(made.location)
    }

    @Test("a newcomer is told what a token is for, with the form open")
    func newcomer() async throws {
        let (browser, _) = try await house.browser("alice")
        let page = await browser.get("/tokens")
        #expect(page.text.contains("You have no tokens yet"))
        #expect(page.text.contains(#"<details class="new" id="new" open>"#))
    }

    @Test("a new token is shown once, to the browser that made it")
    func revealedOnce() async throws {
        let (browser, alice) = try await house.browser("alice")
        let reveal = try await create(browser)
        let token = try #require(try await tokens(of: alice).first)
        #expect(reveal == "/tokens/\(token.id)/reveal")
        #expect(await browser.get(reveal, method: "HEAD").status == 410, "HEAD uses nothing up")

        let shown = await browser.get(reveal)
        #expect((shown.status, shown.heading) == (200, "“CI chain” is ready"))
        #expect(shown.headers["cache-control"] == "no-store")
        let secret = try #require(shown.secret)
        let digest = try #require(TokenFormat.standard.parse(secret)?.digest)
        #expect(try await house.house.kept(digest)?.id == token.id)
        for line in [
            "curl --user alice https://HOST/", "&lt;password&gt;\(secret)&lt;/password&gt;",
            "git credential approve", "MAVEN_TOKEN=\(secret)", "machine HOST",
        ] {
            #expect(shown.text.contains(line))
        }

        let again = await browser.get(reveal)
        #expect((again.status, again.secret) == (410, nil))
        #expect(again.heading == "The secret of “CI chain” has already been shown")
        #expect(await browser.get("/tokens").secret == nil)
    }

    @Test("leaving the secret changes a cookie, so that no browser keeps the page to come back to")
    func leaving() async throws {
        let (browser, _) = try await house.browser("alice")
        let shown = await browser.get(try await create(browser))
        #expect(
            shown.headers.all("set-cookie") == [
                "__Host-jeton-shown=1; Path=/; HttpOnly; SameSite=Lax; Secure",
                "__Host-jeton-reveal=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure",
            ])
        let next = await browser.get("/tokens")
        #expect(
            next.headers.all("set-cookie") == [
                "__Host-jeton-shown=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"
            ])
        #expect(await browser.get("/tokens").headers.all("set-cookie") == [])
    }

    @Test("a secret that nobody looked at is gone after a minute, and is no other browser's to see")
    func revealEnds() async throws {
        let (browser, _) = try await house.browser("alice")
        let reveal = try await create(browser)
        let other = PagesBrowser(house.application)
        await other.signIn("alice")
        #expect(await other.get(reveal).secret == nil)
        house.house.pass(.seconds(61))
        #expect(await browser.get(reveal).secret == nil)
    }

    @Test(
        "what was chosen is what the token may do",
        arguments: [
            (["services": "every", "access.maven": "read"], ""),
            (["services": "only", "access.maven": "read", "access.git": "write"], "git:write maven:read"),
            (["services": "only", "access.studio": "none", "manage": "on"], "jeton:manage"),
            (
                ["services": "only", "access.git": "write", "below.git": "/team/app.git/"],
                "git:write:/team/app.git"
            ),
            (["services": "only", "access.git": "read", "below.git": " pub/a b "], "git:read:/pub/a%20b"),
            (["services": "only", "access.git": "read", "below.git": " "], "git:read"),
            (["services": "every", "access.git": "read", "below.git": "/team/app.git"], ""),
        ])
    func scopes(_ fields: [String: String], _ scopes: String) async throws {
        let (browser, alice) = try await house.browser("alice")
        _ = try await create(browser, fields)
        #expect(try await tokens(of: alice).map(\.scopes.text) == [scopes])
    }

    @Test("only an administrator is offered a token that provisions, and only they can make one")
    func provisioning() async throws {
        let (browser, alice) = try await house.browser("alice", administrator: true)
        #expect(await browser.get("/tokens").text.contains("Provision people and groups (SCIM)"))
        let made = try await create(browser, ["services": "scim", "access.maven": "read", "manage": "on"])
        #expect(try await tokens(of: alice).map(\.scopes.text) == ["jeton:scim"])
        #expect(await browser.get(made).text.contains("https://tokens.example.com/scim/v2"))

        let (bobs, bob) = try await house.browser("bob")
        #expect(await !bobs.get("/tokens").text.contains("SCIM"))
        let refused = await bobs.post("/tokens", ["name": "x", "services": "scim", "expires": "never"])
        #expect(refused.status == 422)
        #expect(refused.text.contains("can be granted only by an administrator"))
        #expect(try await tokens(of: bob).isEmpty)
    }

    @Test(
        "expiries are counted from now; a date counts to its end",
        arguments: [
            ("never", "", nil), ("30d", "", "2026-03-02T08:00:00Z"), ("90d", "", "2026-05-01T08:00:00Z"),
            ("1y", "", "2027-01-31T08:00:00Z"), ("date", "2026-01-31", "2026-02-01T00:00:00Z"),
        ])
    func expiry(_ choice: String, _ day: String, _ end: String?) async throws {
        let (browser, alice) = try await house.browser("alice")
        _ = try await create(browser, ["expires": choice, "expires_on": day])
        #expect(try await tokens(of: alice).map(\.expiresAt?.rfc3339) == [end])
    }

    @Test(
        "what cannot be taken is said beside its field, and what was typed is kept",
        arguments: [
            (["name": ""], "name", "The name must not be empty."),
            (["name": "a\u{202E}b"], "name", "The name must not hold invisible characters"),
            (["name": "Taken"], "name", "You already have an active token with this name."),
            (
                ["name": "x", "services": "only"], "services",
                "Choose access to at least one service"
            ),
            (["name": "x", "services": "only", "access.maven": "x"], "services", "Unknown scope “maven:x”"),
            (
                ["name": "x", "services": "only", "access.git": "read", "below.git": "/a/../b.git"],
                "below.git",
                "“Only this path” for Studio projects over Git must be a plain path such as /team/app.git"
            ),
            (
                ["name": "x", "services": "only", "access.git": "read", "below.git": "/app.git"], "below.git",
                "“Only this path” for Studio projects over Git does not fit: use a path such as /team/app.git or /pub/app."
            ),
            (
                ["name": "x", "services": "only", "access.git": "none", "below.git": "/pub/a"], "below.git",
                "needs a choice of access to go with it; otherwise leave it empty."
            ),
            (
                ["name": "x", "addresses": "10.0.0.0/8, office"], "addresses",
                "“office” is not an IP address or range: use one such as 10.0.0.0/8"
            ),
            (["name": "x", "expires": "date"], "expires_on", "Choose a date."),
            (
                ["name": "x", "expires": "date", "expires_on": "2026-02-30"], "expires_on",
                "Choose a date."
            ),
            (
                ["name": "x", "expires": "date", "expires_on": "2026-01-30"], "expires_on",
                "The date must not be in the past."
            ),
            (
                ["name": "x", "expires": "date", "expires_on": "3026-01-30"], "expires_on",
                "within a hundred years"
            ),
            (
                ["name": "x", "expires": "date", "expires_on": "9999-12-31"], "expires_on",
                "within a hundred years"
            ),
            (
                ["name": "x", "expires": "date", "expires_on": "0000-01-01"], "expires_on",
                "The date must not be in the past."
            ),
            (
                ["name": "x", "expires": "date", "expires_on": "99999999999999999999-01-01"], "expires_on",
                "Choose a date."
            ),
        ])
    func faults(_ fields: [String: String], _ field: String, _ sentence: String) async throws {
        let (browser, alice) = try await house.browser("alice")
        _ = try await house.house.token("taken", of: alice)
        await browser.get("/tokens")
        let answer = await browser.post("/tokens", fields)
        #expect(answer.status == 422)
        #expect(answer.text.contains("<a href=\"#\(field)\">"))
        #expect(answer.text.contains("id=\"\(field)-fault\""))
        #expect(answer.text.contains(sentence))
        #expect(answer.text.contains(#"<details class="new" id="new" open>"#))
        #expect(answer.text.contains(HTML(text: fields["name"] ?? "").markup))
        #expect(try await tokens(of: alice).count == 1)
    }

    @Test("a token for little says so wherever it is shown")
    func limits() async throws {
        let (browser, alice) = try await house.browser("alice", administrator: true)
        let fields = [
            "services": "only", "access.git": "write", "below.git": "/team/app.git",
            "addresses": "10.1.2.3/8  2001:db8::/32,192.0.2.1",
        ]
        let reveal = try await create(browser, fields)
        let token = try #require(try await tokens(of: alice).first)
        #expect(token.addresses.map(\.description) == ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"])
        let pages = [
            await browser.get(reveal).text, await browser.get("/tokens").text,
            await browser.get("/tokens/\(token.id)").text,
            await browser.get("/admin/tokens/\(token.id)").text,
        ]
        for page in pages {
            #expect(page.contains("Studio projects over Git: read and write in /team/app.git"))
            #expect(page.contains("Only from 10.0.0.0/8, 2001:db8::/32, 192.0.2.1"))
        }
        let inventory = await browser.get("/admin/tokens").text
        #expect(inventory.contains("Studio projects over Git: read and write in /team/app.git"))
        #expect(inventory.contains("Only from 3 ranges"))
    }

    @Test("the form offers what its reader may hold")
    func offered() async throws {
        let dora = try await house.house.person("dora", groups: ["dev"], password: PagesHouse.password)
        let (bob, _) = try await house.browser("bob")
        let other = PagesBrowser(house.application)
        await other.signIn(dora.login.text)
        #expect(await other.get("/tokens").text.contains("access.secret"))
        #expect(await !bob.get("/tokens").text.contains("access.secret"))
        let refused = await bob.post("/tokens", ["name": "x", "services": "only", "access.secret": "read"])
        #expect(refused.status == 422)
    }

    @Test("the list says when, where, from where and with what a token was last used")
    func lastUse() async throws {
        let (browser, alice) = try await house.browser("alice")
        let (token, _) = try await house.house.token("ci", of: alice, scopes: ["maven:read"])
        #expect(await browser.get("/tokens").text.contains("Never used"))
        try await house.house.ledger.record([
            Use(
                secret: token.secret, service: "maven", address: "192.0.2.7", client: "Maven 3.8.7",
                lastAt: house.house.clock.now, count: 3)
        ])
        let page = await browser.get("/tokens").text
        #expect(page.contains("Maven private repository: read"))
        #expect(page.contains("Maven private repository, from 192.0.2.7, with Maven 3.8.7"))
        #expect(
            page.contains(
                #"<time datetime="2026-01-31T08:00:00Z" data-distance="">31 Jan 2026, 08:00 UTC</time>"#))
        // Sessions go with it.
        try await house.house.ledger.sweep(at: house.house.clock.now + .days(200))
        await browser.signIn("alice")
        #expect(
            await browser.get("/tokens/\(token.id)").text.contains(
                "Maven private repository, from 192.0.2.7, with Maven 3.8.7"))
    }

    @Test("a rotated token shows its new secret once; the previous one stands below it while it works")
    func rotate() async throws {
        let (browser, alice) = try await house.browser("alice")
        let (old, _) = try await house.house.token("ci", of: alice)
        #expect(await browser.get("/tokens/\(old.id)/rotate").status == 200)
        let none = await browser.post("/tokens/\(old.id)/rotate")
        #expect(
            (none.status, none.text.contains("Choose when the previous secret should stop working.")) == (
                422, true
            ))
        let made = await browser.post("/tokens/\(old.id)/rotate", ["overlap": "24h"])
        let shown = await browser.get(try #require(made.location))
        #expect(shown.secret != nil)
        #expect(shown.text.contains("The previous secret works until"))
        let list = await browser.get("/tokens").text
        #expect(list.contains("1 active token<"))
        #expect(list.contains("Nothing used it in the 30 days before it was replaced, nor since."))
        try await house.house.ledger.record([
            Use(
                secret: old.secret, service: "git", address: "192.0.2.7", client: "Git 2.39.5",
                lastAt: house.house.clock.now + .minutes(1), count: 1)
        ])
        #expect(
            await browser.get("/tokens").text.contains(
                "0 of 1 place that used it have moved to the new secret. "
                    + "Not yet: Studio projects over Git, from 192.0.2.7, with Git 2.39.5."))
        #expect(
            await browser.get("/tokens/\(old.id)/rotate").text.contains(
                "To rotate it again, first end the previous secret."))
        let twice = await browser.post("/tokens/\(old.id)/rotate", ["overlap": "now"])
        #expect((twice.status, twice.heading) == (409, "This token is being rotated"))
        house.house.pass(.hours(25))
        await browser.signIn("alice")
        #expect(await !browser.get("/tokens").text.contains("The previous secret works until"))
    }

    @Test("revoking says what will stop working, asks once, and holds at once")
    func revoke() async throws {
        let (browser, alice) = try await house.browser("alice")
        let (token, secret) = try await house.house.token("ci", of: alice)
        try await house.house.ledger.record([
            Use(
                secret: token.secret, service: "maven", address: "192.0.2.7", client: "Maven 3.8.7",
                lastAt: house.house.clock.now, count: 3)
        ])
        let question = await browser.get("/tokens/\(token.id)/revoke")
        #expect(question.heading == "Revoke “ci”?")
        for word in ["What will stop working", "192.0.2.7", "Maven 3.8.7"] {
            #expect(question.text.contains(word))
        }
        let path = "/tokens/\(token.id)"
        #expect(
            await browser.act("\(path)/revoke")
                == .init(path, "Token “ci” revoked: 1 secret. No request with it is granted any more."))
        #expect(try await house.house.kept(secret.digest)?.revocation?.reason == .byOwner)
        #expect(await browser.get(path).notice == nil, "it is said once")
        let list = await browser.get("/tokens").text
        #expect(list.contains("1 revoked or expired token<"))
        #expect(list.contains(" by alice"))
    }

    @Test("another's token is not there")
    func another() async throws {
        let (browser, _) = try await house.browser("alice")
        let bob = try await house.house.person("bob")
        let (token, _) = try await house.house.token("ci", of: bob)
        for path in ["", "/reveal", "/rotate", "/revoke", "/end-previous"] {
            #expect(await browser.get("/tokens/\(token.id)\(path)").status == 404)
        }
        await browser.get("/tokens")
        for path in ["/rotate", "/revoke", "/end-previous", "/pause", "/resume"] {
            let fields = ["overlap": "now", "for": "1h"]
            #expect(await browser.post("/tokens/\(token.id)\(path)", fields).status == 404)
            guard path != "/rotate" else { continue }
            #expect(await browser.post("/admin/tokens/\(token.id)\(path)", fields).status == 403)
        }
        #expect(await browser.get("/admin/tokens/\(token.id)").status == 403)
        #expect(await browser.get("/tokens/nonsense").status == 404)
    }
}
