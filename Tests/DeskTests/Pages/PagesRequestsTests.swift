import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("Pages: requests for approval")
struct PagesRequestsTests {
    let pages: PagesHouse
    var house: TestHouse { pages.house }

    static let rules = ApprovalRules(services: [(try? ServiceName("git"))!: ["ops"]])
    private static let form = [
        "name": "CI", "services": "only", "access.git": "write", "expires": "30d", "addresses": "10.0.0.0/8",
    ]

    init() async throws {
        pages = try PagesHouse()
        try await house.setApproval(Self.rules)
    }

    /// Somebody of those groups, who is signed in.
    private func browser(_ login: String, groups: [String] = []) async throws -> (PagesBrowser, Subject) {
        let person = try await house.person(login, groups: groups, password: PagesHouse.password)
        let browser = PagesBrowser(pages.application)
        await browser.signIn(login)
        return (browser, person)
    }

    /// Asks for the token, and returns the path of the request.
    private func ask(_ browser: PagesBrowser, _ change: [String: String] = [:]) async throws -> String {
        await browser.get("/tokens/new")
        let fields = Self.form.merging(["ask": "yes", "reason": "The nightly build"]) { $1 }
        let response = await browser.post("/tokens", fields.merging(change) { $1 })
        let location = try #require(response.location)
        #expect(location.hasPrefix("/requests/"))
        return location
    }

    @Test("the form says that a token needs approval, and asks for it, without a script")
    func asks() async throws {
        let (browser, alice) = try await browser("alice")
        let fresh = await browser.get("/tokens/new").text
        #expect(fresh.contains("needs approval by a member of ops"))
        #expect(fresh.contains(">Create token<") && !fresh.contains(">Ask for approval<"))
        let told = await browser.post("/tokens", Self.form)
        #expect(told.status == 422)
        #expect(told.text.contains("This token needs approval by a member of ops."))
        #expect(told.text.contains(">Ask for approval<") && !told.text.contains(">Create token<"))
        #expect(told.text.contains(#"value="CI""#), "what was typed stays")
        #expect(try await house.ledger.requests(RequestQuery(now: house.now)).isEmpty)
        // Without a reason it is not sent.
        let silent = await browser.post("/tokens", Self.form.merging(["ask": "yes", "reason": " "]) { $1 })
        #expect(silent.status == 422 && silent.text.contains("The reason must say why"))

        let path = try await ask(browser)
        let page = await browser.get(path).text
        for words in [
            "Asked for “CI”. Those who can approve it see your request", "Request for “CI”", "waiting",
            "It waits for approval by a member of ops.", "The nightly build", "Withdraw the request",
            "10.0.0.0/8", ">Requests<",
        ] {
            #expect(page.contains(words), "\(words)")
        }
        #expect(try await house.ledger.tokens(TokenQuery(owner: alice.id, now: house.now)).isEmpty)
        // A form that is sent twice is one request.
        #expect(try await ask(browser) == path)
        // What needs no approval is created, whichever button was pressed.
        await browser.get("/tokens/new")
        let created = await browser.post(
            "/tokens", ["name": "m", "services": "only", "access.maven": "read", "ask": "yes"])
        #expect(created.location?.hasSuffix("/reveal") == true)
    }

    @Test("approved, created and shown once; the second click shows it too")
    func whole() async throws {
        let (alices, alice) = try await browser("alice")
        let (brunos, _) = try await browser("bruno", groups: ["ops"])
        let path = try await ask(alices)
        #expect(await brunos.get("/tokens").text.contains("Requests (1)"))
        let list = await brunos.get("/requests").text
        #expect(list.contains("Waiting for your decision (1)") && list.contains(path))
        let page = await brunos.get(path).text
        #expect(page.contains("alice asks for this token.") && page.contains(">Approve<"))
        let done = PagesBrowser.Act(path, "Your approval of “CI” is kept.")
        let approved = await brunos.act("\(path)/decide", ["decision": "approve", "word": "Until May."])
        #expect(approved == done)
        // Sent twice, it says the same.
        #expect(await brunos.act("\(path)/decide", ["decision": "approve"]) == done)
        #expect(await brunos.get("/tokens").text.contains(">Requests<"), "nothing waits")
        let decided = await brunos.get("/requests").text
        #expect(decided.contains("Lately decided by you") && decided.contains("asked by alice"))

        let told = await alices.get(path).text
        #expect(told.contains("Until May.") && told.contains(">Create the token<"))
        #expect(told.contains("Requests (1)"), "it waits for its requester now")
        let created = await alices.post("\(path)/token")
        let reveal = try #require(created.location)
        let again = await alices.post("\(path)/token")
        #expect((again.status, again.location) == (303, reveal))
        let shown = await alices.get(reveal)
        #expect(shown.status == 200 && shown.secret != nil)
        #expect(try await house.ledger.tokens(TokenQuery(owner: alice.id, now: house.now)).count == 1)
        let after = await alices.get(path).text
        #expect(after.contains("The token was created on") && after.contains("Open the token’s page"))
        #expect(!after.contains(">Create the token<") && !after.contains(">Withdraw the request<"))
    }

    @Test("who decides second sees who was first, and the request as it is now")
    func second() async throws {
        let (alices, _) = try await browser("alice")
        let (brunos, _) = try await browser("bruno", groups: ["ops"])
        let (chens, _) = try await browser("chen", groups: ["ops"])
        let path = try await ask(alices)
        await brunos.get(path)
        await chens.get(path)
        await chens.post("\(path)/decide", ["decision": "deny", "word": "Reading is enough."])
        let late = await brunos.post("\(path)/decide", ["decision": "approve"])
        #expect(late.status == 409)
        #expect(late.text.contains("chen denied this request at 2026-01-31T08:00:00Z."))
        #expect(late.text.contains("Nothing was changed.") && !late.text.contains(">Approve<"))
        let refused = await alices.post("\(path)/token")
        #expect(refused.status == 409 && refused.text.contains("Reading is enough."))
        #expect(await alices.post("\(path)/withdraw").status == 409)
    }

    @Test("a withdrawn request is decided by nobody, and strangers find nothing")
    func strangers() async throws {
        let (alices, _) = try await browser("alice")
        let (brunos, _) = try await browser("bruno", groups: ["ops"])
        let (doras, _) = try await browser("dora", groups: ["dev"])
        let path = try await ask(alices)
        for stranger in [await doras.get(path), await doras.post("\(path)/decide", ["decision": "approve"])] {
            #expect(stranger.status == 404)
        }
        #expect(await doras.get("/requests/0000000000001").status == 404)
        // She can still open the list, to which nothing leads.
        let empty = await doras.get("/requests").text
        #expect(empty.contains("You have asked for nothing.") && !empty.contains("Waiting for your decision"))
        #expect(!empty.contains(">Requests</a>"))
        await alices.get(path)
        #expect(await alices.post("\(path)/decide", ["decision": "approve"]).status == 403)
        #expect(
            await alices.act("\(path)/withdraw")
                == .init(path, "Request for “CI” withdrawn. Nobody can approve it any more."))
        await brunos.get(path)
        let late = await brunos.post("\(path)/decide", ["decision": "approve"])
        #expect(late.status == 409 && late.text.contains("alice withdrew this request"))
    }

    @Test("where every token needs approval, the form asks from the start")
    func always() async throws {
        try await house.setApproval(ApprovalRules(all: ["ops", "leads"]))
        let (browser, _) = try await pages.browser("alice")
        let page = await browser.get("/tokens").text
        #expect(page.contains("This token needs approval by a member of ops or leads."))
        #expect(page.contains(">Ask for approval<") && !page.contains(">Create token<"))
        let asked = await browser.post("/tokens", ["name": "a", "ask": "yes", "reason": "r"])
        #expect(asked.location?.hasPrefix("/requests/") == true)
    }

    @Test("without rules there is no word of approval")
    func none() async throws {
        let pages = try PagesHouse()
        let (browser, _) = try await pages.browser("alice")
        #expect(!(await browser.get("/tokens").text.contains("pproval")))
    }

    @Test("what was approved and is no longer possible says what to do")
    func impossible() async throws {
        let (alices, alice) = try await browser("alice")
        let (brunos, _) = try await browser("bruno", groups: ["ops"])
        let path = try await ask(alices)
        await brunos.get(path)
        await brunos.post("\(path)/decide", ["decision": "approve"])
        _ = try await house.token("ci", of: alice)
        let refused = await alices.post("\(path)/token")
        #expect(refused.status == 422)
        #expect(
            refused.text.contains(
                "The name is taken by another active token: choose another, or revoke that one first."))
        #expect(refused.text.contains("What was approved cannot be created now."))
    }
}
