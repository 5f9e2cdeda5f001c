import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("Pages: the tokens of service accounts, for their stewards")
struct PagesStewardTests {
    let house: PagesHouse
    let alice, bob, carol: PagesBrowser
    let she: Subject
    let ci: Subject

    init() async throws {
        house = try PagesHouse()
        (alice, she) = try await house.browser("alice")
        (bob, _) = try await house.browser("bob")
        (carol, _) = try await house.browser("carol")
        let desk = AccountDesk(ledger: house.house.ledger, clock: house.house.clock, services: nil)
        ci = try await desk.add(
            AccountDraft(
                login: "bot-ci", title: "Nightly builds", purpose: "Builds main", stewards: ["alice", "bob"]),
            by: .commandLine)
    }

    private func create(_ name: String, by browser: PagesBrowser) async throws -> Response {
        await browser.get("/accounts/\(ci.id)")
        return await browser.post(
            "/accounts/\(ci.id)/tokens", ["name": name, "services": "only", "access.maven": "read"])
    }

    private func token() async throws -> Token {
        try #require(try await house.desk.working(of: ci.id).first).token
    }

    @Test("a steward sees their accounts and each one's tokens; nobody else sees that there are any")
    func lists() async throws {
        let list = await alice.get("/accounts")
        #expect(list.text.contains("bot-ci") && list.text.contains("Builds main"))
        #expect(await alice.get("/tokens").text.contains("My service accounts"))
        #expect(!(await carol.get("/tokens").text.contains("My service accounts")))
        #expect(await carol.get("/accounts").text.contains("You are a steward of no service account"))
        let page = await alice.get("/accounts/\(ci.id)")
        #expect((page.status, page.heading) == (200, "Tokens of bot-ci"))
        for words in ["Builds main", "You, bob", "action=\"/accounts/\(ci.id)/tokens\""] {
            #expect(page.text.contains(words), "\(words)")
        }
        #expect(!page.text.contains("jeton:manage"))
    }

    @Test("the link of a refusal opens the form for the account, and its faults are shown there again")
    func link() async throws {
        let link = "/accounts/\(ci.id)/new?service=maven&access=write"
        #expect(await carol.get(link).status == 404)
        let page = await alice.get(link)
        #expect((page.status, page.heading) == (200, "New token for bot-ci"))
        for words in [
            "A link filled in this form.", "Builds main", "action=\"/accounts/\(ci.id)/tokens\"",
            "href=\"/accounts/\(ci.id)\"", "<option value=\"write\" selected",
        ] {
            #expect(page.text.contains(words), "\(words)")
        }
        let form = ["alone": "yes", "services": "only", "access.maven": "write"]
        let again = await alice.post("/accounts/\(ci.id)/tokens", form.merging(["name": ""]) { $1 })
        #expect((again.status, again.heading) == (422, "New token for bot-ci"))
        await alice.get(link)
        let created = await alice.post("/accounts/\(ci.id)/tokens", form.merging(["name": "Deploy"]) { $1 })
        #expect(created.status == 303)
        #expect(try await token().scopes == Scopes(text: "maven:write"))
    }

    @Test("a steward creates a token whose commands have the account's login, and another steward manages it")
    func create() async throws {
        let location = try #require(try await create("Nightly", by: alice).location)
        let reveal = await alice.get(location)
        #expect(reveal.secret != nil)
        #expect(reveal.text.contains("bot-ci") && !reveal.text.contains("--user alice"))
        #expect(reveal.text.contains("href=\"/accounts/\(ci.id)\""))
        let token = try await token()
        #expect(token.owner == ci.id)
        let again = try await create("nightly", by: bob)
        #expect(again.status == 422)
        #expect(again.text.contains("bot-ci already has an active token with this name"))
        let page = await bob.get("/tokens/\(token.id)")
        #expect(page.heading == "Nightly")
        for words in ["Tokens of bot-ci", "href=\"/accounts/\(ci.id)\"", "Rotate", "Edit", "Service account"]
        {
            #expect(page.text.contains(words), "\(words)")
        }
        #expect(await bob.get("/tokens/\(token.id)/edit").status == 200)
        #expect(
            await bob.post(
                "/tokens/\(token.id)/edit", ["name": "Every night", "scope.maven:read": "maven:read"]
            ).status == 303)
        #expect(await bob.get("/tokens/\(token.id)/rotate").text.contains("It belongs to bot-ci."))
        let rotated = await bob.post("/tokens/\(token.id)/rotate", ["overlap": "24h"])
        let second = await bob.get(rotated.location ?? "")
        #expect(second.secret != nil && second.secret != reveal.secret)
        #expect(await bob.get("/tokens/\(token.id)/seen").status == 200)
        #expect(
            await alice.get("/tokens/\(token.id)/end-previous").text.contains("The token belongs to bot-ci."))
        #expect(await alice.post("/tokens/\(token.id)/end-previous", ["confirmed": "yes"]).status == 303)
        #expect(await alice.post("/tokens/\(token.id)/pause", ["for": "1h"]).status == 303)
        let paused = await bob.get("/tokens/\(token.id)")
        #expect(paused.text.contains("by alice"))
        #expect(await bob.post("/tokens/\(token.id)/resume").status == 303)
        #expect(await bob.get("/tokens/\(token.id)/revoke").text.contains("It belongs to bot-ci."))
        #expect(await bob.post("/tokens/\(token.id)/revoke").status == 303)
        #expect(await alice.get("/accounts/\(ci.id)").text.contains("1 revoked or expired token"))
    }

    @Test("for strangers and former stewards it is as if there were no such token")
    func strangers() async throws {
        _ = try await create("Nightly", by: alice)
        let token = try await token()
        let unknown = TokenID(number: 1 << 40)
        func expectNothing(_ browser: PagesBrowser) async {
            for path in ["", "/reveal", "/seen", "/edit", "/rotate", "/revoke", "/end-previous"] {
                let found = await browser.get("/tokens/\(token.id)\(path)")
                let missing = await browser.get("/tokens/\(unknown)\(path)")
                #expect(found.status == 404, "\(path)")
                #expect(found.text == missing.text, "\(path)")
            }
            for path in ["edit", "narrow", "rotate", "revoke", "end-previous", "pause", "resume"] {
                let fields = ["for": "1h", "overlap": "24h", "scopes": "maven", "name": "x"]
                #expect(await browser.post("/tokens/\(token.id)/\(path)", fields).status == 404, "\(path)")
            }
            #expect(await browser.get("/accounts/\(ci.id)").status == 404)
            #expect(await browser.post("/accounts/\(ci.id)/tokens", ["name": "x"]).status == 404)
        }
        await expectNothing(carol)
        let desk = AccountDesk(ledger: house.house.ledger, clock: house.house.clock, services: nil)
        _ = try await desk.edit(
            ci.id, to: AccountDraft(login: "", purpose: "x", stewards: ["bob", "carol"]), by: .commandLine)
        await expectNothing(alice)
        #expect(await carol.get("/tokens/\(token.id)").status == 200)
        #expect(await carol.get("/accounts/\(ci.id)").status == 200)
        #expect(try await self.token() == token)
        // Of a removed account nobody is a steward.
        try await desk.remove(ci.id, by: .commandLine)
        await expectNothing(carol)
    }

    @Test("a steward grants what they may use themselves, and the form says what they may not")
    func beyond() async throws {
        let desk = AccountDesk(ledger: house.house.ledger, clock: house.house.clock, services: nil)
        _ = try await desk.edit(
            ci.id,
            to: AccountDraft(login: "", purpose: "x", stewards: ["alice", "bob"], groups: ["dev"]),
            by: .commandLine)
        let page = await alice.get("/accounts/\(ci.id)")
        #expect(!page.text.contains("services-every"))
        #expect(page.text.contains("The account may also use secret, and you may not"))
        #expect(!page.text.contains("access.secret"))
        let refused = await alice.post("/accounts/\(ci.id)/tokens", ["name": "x", "services": "every"])
        #expect((refused.status, refused.text.contains("ame the services")) == (422, true))
        let now = house.house.now
        _ = try await house.house.ledger.changeGroups(
            of: she.id, adding: ["dev"], removing: [],
            event: Event(.subjectGroupsChanged, at: now, actor: nil))
        #expect(await alice.get("/accounts/\(ci.id)").text.contains("services-every"))
    }

    @Test("“Whose is this?” finds an account's token for its stewards alone")
    func whose() async throws {
        let location = try #require(try await create("Nightly", by: alice).location)
        let secret = try #require(await alice.get(location).secret)
        let token = try await token()
        for text in [secret, token.id.text, "night", "bot-ci"] {
            await bob.get("/tokens/whose")
            let found = await bob.post("/tokens/whose", ["text": text])
            #expect(found.text.contains("href=\"/tokens/\(token.id)\""), "\(text.count)")
            await carol.get("/tokens/whose")
            let nothing = await carol.post("/tokens/whose", ["text": text])
            #expect(!nothing.text.contains("href=\"/tokens/\(token.id)\""), "\(text.count)")
        }
    }

    @Test("a person's use of an account's token is pointed out on its pages")
    func humanUse() async throws {
        _ = try await create("Nightly", by: alice)
        let token = try await token()
        let (mine, _) = try await house.house.token("mine", of: she, scopes: ["maven"])
        func use(_ token: Token, _ address: String, _ client: String) -> Use {
            Use(
                secret: token.secret, service: "maven", address: address, client: client,
                lastAt: house.house.now, count: 2)
        }
        try await house.house.ledger.record([
            use(token, "10.0.0.7", "Maven 3.9.9"), use(token, "203.0.113.9", "Firefox"),
            use(token, "198.51.100.4", "Git 2.47"), use(mine, "198.51.100.4", "Git 2.47"),
        ])
        for path in ["/accounts/\(ci.id)", "/tokens/\(token.id)"] {
            let page = await bob.get(path)
            for words in [
                "A person seems to use a token of this account", "with Firefox, from 203.0.113.9",
                "from 198.51.100.4, where otherwise only alice’s own tokens", "rotate the token",
            ] {
                #expect(page.text.contains(words), "\(path): \(words)")
            }
        }
        #expect(!(await alice.get("/tokens/\(mine.id)").text.contains("A person seems")))
    }
}
