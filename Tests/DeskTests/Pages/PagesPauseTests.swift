import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("Pages: pause and resume")
struct PagesPauseTests {
    let pages: PagesHouse
    var house: TestHouse { pages.house }

    init() throws {
        pages = try PagesHouse()
    }

    @Test("an owner pauses for a while", arguments: [("15m", 15), ("1h", 60), ("1d", 1440)])
    func pause(_ choice: String, _ minutes: Int64) async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let path = "/tokens/\(token.id)"
        await browser.get(path)
        #expect(
            await browser.act("\(path)/pause", ["for": choice])
                == .init(path, "Token “ci” paused. It is refused everywhere."))
        let end = house.clock.now + .minutes(minutes)
        #expect(house.record(secret.digest)?.pauses.map(\.until) == [end])
        house.pass(.minutes(minutes))
        await browser.signIn("alice")
        #expect(await browser.get(path).text.contains(#"<span class="tag">active</span>"#))
    }

    @Test("a paused token says by whom and until when, who is refused, and is resumed")
    func resume() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let path = "/tokens/\(token.id)"
        await browser.get(path)
        await browser.post("\(path)/pause", ["for": "1h"])
        let shown = await browser.get(path)
        #expect(
            shown.headers["content-security-policy"]?.hasSuffix("; connect-src 'self'") == true,
            "the script asks for news")
        for words in [
            "Paused by you until ", "31 Jan 2026, 09:00 UTC", #"id="refusals""#,
            "Nothing has tried to use it since it was paused", #"action="\#(path)/resume""#,
            "paused until ",
        ] {
            #expect(shown.text.contains(words), "\(words)")
        }
        #expect(!shown.text.contains(#"action="\#(path)/pause""#))
        #expect(await browser.get("/tokens").text.contains("paused until "))
        await browser.get(path)
        #expect(
            await browser.act("\(path)/resume")
                == .init(path, "Token “ci” resumed. It is no longer paused."))
        #expect(house.record(secret.digest)?.pauses.isEmpty == true)
        let after = await browser.get(path)
        #expect(after.text.contains("resumed a token"))
        #expect(after.headers["content-security-policy"]?.contains("connect-src") == false)
    }

    @Test("what an administrator paused, its owner cannot resume; the administrator can")
    func byAdministrator() async throws {
        let (browser, _) = try await pages.browser("root", administrator: true)
        let (alices, alice) = try await pages.browser("alice")
        let (token, secret) = try await house.token("ci", of: alice)
        let (own, any) = ("/tokens/\(token.id)", "/admin/tokens/\(token.id)")
        await browser.get(any)
        #expect(
            await browser.act("\(any)/pause", ["for": "1d"])
                == .init(any, "Token “ci” of alice paused. It is refused everywhere."))
        #expect(await browser.get("/admin/tokens").text.contains("paused until "))
        let page = await alices.get(own).text
        #expect(page.contains("Paused by root, an administrator, until "))
        #expect(page.contains("Only an administrator can resume it earlier."))
        #expect(!page.contains(#"action="\#(own)/resume""#))
        #expect(await alices.post("\(own)/resume").status == 403)

        // The owner's own pause comes on top, and is lifted alone.
        #expect(await alices.post("\(own)/pause", ["for": "1h"]).status == 303)
        #expect(await alices.get(own).text.contains(#"action="\#(own)/resume""#))
        #expect(
            await alices.act("\(own)/resume")
                == .init(own, "Your pause of token “ci” is lifted. It stays paused for another reason."))
        #expect(house.record(secret.digest)?.pauses.count == 1)
        await browser.get(any)
        #expect(
            await browser.act("\(any)/resume")
                == .init(any, "Token “ci” of alice resumed. It is no longer paused."))
        #expect(house.record(secret.digest)?.pauses.isEmpty == true)
    }

    @Test("an exchanged token is resumed with the one that it was exchanged for")
    func exchanged() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, _) = try await house.token("ci", of: alice)
        let child = try await pages.desk.exchange(
            token, of: alice, application: "nuxeo-cli", device: "1", from: "here",
            by: .person(alice, address: "")
        ).token
        await browser.get("/tokens")
        await browser.post("/tokens/\(token.id)/pause", ["for": "1h"])
        let page = await browser.get("/tokens/\(child.id)").text
        #expect(page.contains("with the token that it was exchanged for,"))
        #expect(page.contains("To resume it, resume "))
        #expect(await browser.post("/tokens/\(child.id)/resume").status == 403)
    }

    @Test("a span that is not offered, and a token that has ended, are not paused")
    func refused() async throws {
        let (browser, alice) = try await pages.browser("alice")
        let (token, _) = try await house.token("ci", of: alice)
        let path = "/tokens/\(token.id)"
        await browser.get(path)
        for fields in [[:], ["for": "2h"], ["for": ""]] {
            #expect(await browser.post("\(path)/pause", fields).status == 422)
        }
        await browser.post("\(path)/revoke")
        #expect(await browser.post("\(path)/pause", ["for": "1h"]).status == 409)
    }
}
