import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("Pages: My Tokens of somebody who has many")
struct PagesTokenListTests {
    let house: PagesHouse
    let browser: PagesBrowser
    let alice: Subject

    init() async throws {
        house = try PagesHouse()
        (browser, alice) = try await house.browser("alice")
    }

    private func names(_ page: Response) -> [String] {
        page.text.matches(of: /id="name-[^"]*">([^<]*)<\/a>/).map { String($0.output.1) }
    }

    @Test("a short list has no search, and no pages")
    func short() async throws {
        for number in 0..<3 { _ = try await house.house.token("t\(number)", of: alice) }
        let page = await browser.get("/tokens")
        #expect(names(page) == ["t2", "t1", "t0"])
        #expect(!page.text.contains("role=\"search\"") && !page.text.contains("Page 1 of"))
        #expect(page.text.contains("3 active tokens"))
    }

    @Test("a long list has pages, a search and an order")
    func long() async throws {
        for number in 0..<120 { _ = try await house.house.token("t\(number + 100)", of: alice) }
        let first = await browser.get("/tokens")
        #expect(names(first) == (0..<50).map { "t\(219 - $0)" })
        #expect(first.text.contains("120 active tokens") && first.text.contains("Page 1 of 3"))
        #expect(first.text.utf8.count < 100_000)
        let last = await browser.get("/tokens?page=3")
        #expect(names(last) == (0..<20).map { "t\(119 - $0)" })
        #expect(names(await browser.get("/tokens?page=99")) == names(last))
        #expect(names(await browser.get("/tokens?page=-1")) == names(first))
        #expect(names(await browser.get("/tokens?order=name")).prefix(2) == ["t100", "t101"])
        #expect(names(await browser.get("/tokens?order=oldest&page=2")).first == "t150")
        let found = await browser.get("/tokens?search=T11")
        #expect(names(found) == (0..<10).map { "t\(119 - $0)" })
        #expect(found.text.contains("10 of 120 tokens"))
        #expect(await browser.get("/tokens?search=x").text.contains("No token matches “x”."))
        // Somebody's own login finds nothing.
        #expect(names(await browser.get("/tokens?search=alice")).isEmpty)
    }

    @Test("who revokes a token of a long list comes back to what they had found")
    func comesBack() async throws {
        for number in 0..<60 { _ = try await house.house.token("t\(number + 100)", of: alice) }
        let view = "search=t1&order=oldest&page=2"
        let page = await browser.get("/tokens?\(view)")
        let link = try #require(page.text.firstMatch(of: /href="(\/tokens\/[^"\/]+\/revoke\?list=1[^"]*)"/))
            .output.1
        let path = String(link).replacing("&amp;", with: "&")
        #expect(
            await browser.get(path).text.contains(
                #"href="/tokens?search=t1&amp;order=oldest&amp;page=2">Cancel"#))
        let done = await browser.act(path)
        #expect(done.page == "/tokens?\(view)")
        #expect(done.notice?.hasPrefix("Token “t150” revoked") == true)
        #expect(names(await browser.get("/tokens?\(view)")).first == "t151")
        // On a whole list nothing has to be kept.
        #expect(!(await browser.get("/tokens").text.contains("list=1")))
    }

    @Test("what has ended is folded away, in pages, too")
    func ended() async throws {
        for number in 0..<60 {
            let (token, _) = try await house.house.token("old\(number + 100)", of: alice)
            try await house.house.revoke(token, at: house.house.clock.now)
        }
        _ = try await house.house.token("now", of: alice)
        let first = await browser.get("/tokens")
        #expect(first.text.contains("60 revoked or expired tokens"))
        #expect(names(first) == ["now"])
        #expect(first.text.contains(">old159<") && !first.text.contains(">old109<"))
        let older = try #require(first.text.firstMatch(of: /href="([^"]*ended=[^"]*)"/)).output.1
        let second = await browser.get(
            String(older).replacing("&amp;", with: "&").replacing("#ended", with: ""))
        #expect(second.text.contains(">old109<") && !second.text.contains(">old159<"))
        #expect(names(second) == ["now"])
        #expect(await browser.get("/tokens?search=old12").text.contains("10 revoked or expired tokens"))
    }
}
