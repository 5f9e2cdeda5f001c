import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("Pages: handing a token over")
struct PagesHandOverTests {
    let pages: PagesHouse
    var house: TestHouse { pages.house }

    init() throws {
        pages = try PagesHouse()
    }

    /// The account `bot-ci`, with these people and somebody else as stewards.
    private func account(of stewards: Subject..., groups: [String] = []) async throws -> Subject {
        let other = try await house.person("other")
        let account = Subject(
            id: .next(at: house.now), login: try Login("bot-ci"), name: "Nightly builds", groups: groups,
            createdAt: house.now,
            account: ServiceAccount(purpose: "Builds", stewards: (stewards + [other]).map(\.id)))
        try await house.ledger.add(account, event: Event(.subjectAdded, at: house.now, actor: nil))
        return account
    }

    private static func done(_ name: String) -> String {
        "Token “\(name)” handed over. It belongs to the service account now, and its stewards manage it."
    }

    @Test("an owner who is a steward chooses, sees what changes, and confirms")
    func owner() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let path = "/tokens/\(token.id)"
        #expect(!(await browser.get(path).text.contains("Hand over")), "there is no account")
        let ci = try await account(of: alice)
        #expect(await browser.get(path).text.contains(#"href="\#(path)/hand-over""#))
        let choice = await browser.get("\(path)/hand-over")
        #expect(choice.text.contains("bot-ci (Nightly builds)"))
        #expect(house.record(secret.digest)?.owner == alice.id)
        let shown = await browser.get("\(path)/hand-over?account=bot-ci")
        for words in [
            "Maven private repository: everything", "Beside this secret they go on taking the login “alice”",
            "saslauthd take the login “bot-ci” alone", "Until now it works at every service",
            "Hand over to bot-ci",
        ] {
            #expect(shown.text.contains(words), "\(words)")
        }
        let fields = ["account": "bot-ci", "name": "nightly", "scopes": "git maven studio"]
        #expect(await browser.act("\(path)/hand-over", fields) == .init("/tokens", Self.done("ci")))
        #expect(house.record(secret.digest)?.owner == ci.id)
    }

    @Test("what was shown is what is done")
    func changed() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        _ = try await account(of: alice)
        let path = "/tokens/\(token.id)/hand-over"
        await browser.get("\(path)?account=bot-ci")
        let other = await browser.post(path, ["account": "bot-ci", "name": "ci", "scopes": "maven"])
        #expect(other.status == 422)
        #expect(other.text.contains("was changed in the meantime: look again."))
        _ = try await house.token(
            "ci", of: try #require(try await house.ledger.subject(login: Login("bot-ci"))))
        let taken = await browser.post(
            path, ["account": "bot-ci", "name": "ci", "scopes": "git maven studio"])
        #expect(taken.status == 422)
        #expect(taken.text.contains("The name is taken by another active token"))
        #expect(await browser.get("\(path)?account=bot-x").text.contains("There is no such service account"))
        #expect(house.record(secret.digest)?.owner == alice.id)
    }

    @Test(
        "an administrator is offered a leaver's tokens, and the page says who knows the secret until it is rotated"
    )
    func leaver() async throws {
        let (browser, root) = try await pages.browser("root", administrator: true)
        let alice = try await house.person("alice")
        let (token, _) = try await house.token("ci", of: alice)
        try await house.ledger.record([
            Use(
                secret: token.secret, service: "maven", address: "192.0.2.1", client: "Maven 3.9.9",
                lastAt: house.now, count: 1, access: .read)
        ])
        let ci = try await account(of: root)
        #expect(!(await browser.get("/admin/people/\(alice.id)").text.contains("in-use")))
        try await house.ledger.suspend(
            alice.id, since: house.now, event: Event(.subjectSuspended, at: house.now, actor: nil))
        let person = await browser.get("/admin/people/\(alice.id)")
        let path = "/admin/tokens/\(token.id)"
        #expect(person.text.contains(#"href="\#(path)/hand-over""#))
        #expect(person.text.contains("a token works again at once"))
        let preview = await browser.get("\(path)/hand-over?account=bot-ci")
        #expect(preview.text.contains("alice has left: the token works again at once"))
        let fields = ["account": "bot-ci", "name": "ci", "scopes": "git maven studio"]
        #expect(await browser.act("\(path)/hand-over", fields) == .init(path, Self.done("ci")))
        let shown = await browser.get(path).text
        #expect(shown.contains("Secret known to alice") && shown.contains("Rotate the token before "))
        #expect(shown.contains("handed over a token of alice"))
        #expect(shown.contains("found a token of bot-ci that has to be rotated"))
        #expect(await browser.get("/admin/tokens").text.contains("secret known to its former owner"))
        _ = try await pages.desk.rotate(token.id, of: ci, overlap: Overlap.none, by: .commandLine)
        #expect(!(await browser.get(path).text.contains("Secret known to")))
    }

    @Test("an owner who is no steward asks its stewards")
    func asks() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (stewards, bruno) = try await pages.browser("bruno")
        let (token, secret) = try await house.token("ci", of: alice)
        let ci = try await account(of: bruno)
        let path = "/tokens/\(token.id)/hand-over"
        #expect(
            await browser.get(path).text.contains("bot-ci (Nightly builds), if one of its stewards agrees"))
        let shown = await browser.get("\(path)?account=bot-ci")
        #expect(shown.text.contains("Ask its stewards") && shown.text.contains("one of them has to agree"))
        let fields = ["account": "bot-ci", "name": "ci", "scopes": "git maven studio"]
        #expect(await browser.post(path, fields).status == 403, "without a reason it is not asked")
        await browser.get("\(path)?account=bot-ci")
        #expect(await browser.post(path, fields.merging(["reason": ""]) { $1 }).status == 422)
        let asked = await browser.post(path, fields.merging(["reason": "I leave in May"]) { $1 })
        let request = try #require(asked.location?.split(separator: "?").first.map { String($0) })
        #expect(request.hasPrefix("/requests/"))
        let steward = await stewards.get(request)
        #expect(steward.text.contains("alice wants to hand this token over to bot-ci"))
        #expect(await stewards.get("/requests").text.contains("I leave in May"))
        await stewards.get(request)
        await stewards.post("\(request)/decide", ["decision": "approve", "word": ""])
        let approved = await browser.get(request)
        #expect(approved.text.contains("You can hand the token over until "))
        #expect(approved.text.contains("Hand the token over"))
        #expect(house.record(secret.digest)?.owner == alice.id)
        #expect(await browser.act("\(request)/token") == .init("/tokens", Self.done("ci")))
        #expect(house.record(secret.digest)?.owner == ci.id)
        #expect(await browser.get(request).text.contains("The token was handed over on "))
    }
}
