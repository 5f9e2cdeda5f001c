import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import DeskPages

@Suite("Pages: whose is this?")
struct PagesWhoseTests {
    let house: PagesHouse

    init() throws {
        house = try PagesHouse()
    }

    @Test("an administrator finds a token by its secret, which is not sent back")
    func secret() async throws {
        let (browser, _) = try await house.browser("root", administrator: true)
        let alice = try await house.house.person("alice")
        let (token, secret) = try await house.house.token("ci", of: alice)
        let page = await browser.get("/admin/whose")
        #expect(page.heading == "Whose is this?")
        let answer = await browser.post("/admin/whose", ["text": "export TOKEN=\(secret.reveal()) # ci"])
        #expect((answer.status, answer.secret) == (200, nil))
        #expect(
            !answer.text.contains("export TOKEN")
                && !answer.text.contains(String(secret.reveal().dropFirst(20))))
        for part in [
            "A token of alice", "This is the secret of “ci”.", "/admin/tokens/\(token.id)\"",
            "/admin/tokens/\(token.id)/revoke", token.id.text,
        ] {
            #expect(answer.text.contains(part), "\(part)")
        }
        #expect(answer.headers["cache-control"] == "no-store")
        let broken = await browser.post("/admin/whose", ["text": String(secret.reveal().dropLast(4))])
        #expect(broken.text.contains("A part of a secret"))
        #expect(!broken.text.contains(String(secret.reveal().dropLast(4))))
    }

    @Test("by a login, a name or an identifier")
    func others() async throws {
        let (browser, _) = try await house.browser("root", administrator: true)
        let alice = try await house.house.person("alice")
        let token = try await house.house.token("ci", of: alice).token
        await browser.get("/admin/whose")
        for text in ["alice", "ci", token.id.text] {
            let answer = await browser.post("/admin/whose", ["text": text])
            #expect(answer.text.contains("/admin/tokens/\(token.id)\""), "\(text)")
            #expect(answer.text.contains("value=\"\(text)\""))
        }
        #expect(
            await browser.post("/admin/whose", ["text": "nobody"]).text.contains(
                "Nobody has a token like that."))
        #expect(await browser.post("/admin/whose").text.contains("Nothing was typed"))
    }

    @Test("others find their own only, and are told of a foreign secret that it is not theirs")
    func own() async throws {
        let (browser, bob) = try await house.browser("bob")
        let own = try await house.house.token("mine", of: bob)
        let alice = try await house.house.person("alice")
        let foreign = try await house.house.token("hers", of: alice)
        #expect(await browser.get("/admin/whose").status == 403)
        #expect(await browser.get("/tokens/whose").heading == "Whose is this?")
        #expect(await browser.post("/admin/whose", ["text": "alice"]).status == 403)
        let found = await browser.post("/tokens/whose", ["text": own.secret.reveal()])
        #expect(found.text.contains("/tokens/\(own.token.id)/revoke") && found.secret == nil)
        let other = await browser.post("/tokens/whose", ["text": foreign.secret.reveal()])
        #expect(other.text.contains("a token of this desk, but not of yours"))
        #expect(!other.text.contains("alice") && !other.text.contains("hers") && other.secret == nil)
        for text in ["alice", "hers", foreign.token.id.text] {
            let answer = await browser.post("/tokens/whose", ["text": text])
            #expect(answer.text.contains("You have no token like that."))
            #expect(!answer.text.contains("/tokens/\(foreign.token.id)"))
        }
    }
}
