import Desk
import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import DeskPages

@Suite("Pages: the first use of a new token")
struct PagesFirstUseTests {
    private static let titles = ServiceTitles(PagesGallery.services)

    private func words(_ sighting: Sighting) -> SightingWords {
        SightingWords(sighting, Self.titles, in: "https://desk/tokens")
    }

    @Test(
        "a use is told with all that is known of it",
        arguments: [
            ("10.1.2.3", "npm 10.8", "Seen from 10.1.2.3 by npm 10.8 at Maven private repository: it works."),
            ("", "npm 10.8", "Seen by npm 10.8 at Maven private repository: it works."),
            ("", "", "Seen at Maven private repository: it works."),
        ])
    func use(_ address: String, _ client: String, _ sentence: String) {
        let use = PagesGallery.use(PagesGallery.chain, "maven", address, client, ago: .seconds(1))
        #expect(words(.use(use)).sentence == sentence)
        #expect(words(.use(use)).works)
        var reading = use
        reading.access = .read
        #expect(words(.use(reading)).sentence.hasSuffix(" at Maven private repository, reading: it works."))
    }

    private func refusal(_ denial: Denial, ago: TimeSpan = .seconds(1)) -> RefusedUse {
        RefusedUse(
            Use(
                secret: PagesGallery.chain.secret, service: "maven", address: "10.1.2.3", client: "Maven 3.9",
                lastAt: PagesGallery.now - ago, count: 1), denial)
    }

    @Test("a refusal is told with its reason and what to do")
    func refused() {
        let scope = words(.refusal(refusal(.insufficientScope)))
        #expect(
            scope.sentence
                == "Refused from 10.1.2.3 by Maven 3.9: this token may not do that at Maven private repository; "
                + "create one that may: https://desk/tokens/new")
        #expect(!scope.works)
        var write = refusal(.insufficientScope)
        write.use.access = .write
        #expect(
            words(.refusal(write)).sentence.hasSuffix(
                "this token may not write at Maven private repository; "
                    + "create one that may write: https://desk/tokens/new?service=maven&access=write"))
        #expect(words(.refusal(refusal(.expired))).sentence.hasSuffix(" at https://desk/tokens/new"))
        #expect(words(.refusal(refusal(.addressNotAllowed))).sentence.contains("from 10.1.2.3; use it from"))
    }

    @Test("the later of the two counts")
    func latest() {
        let use = PagesGallery.use(PagesGallery.chain, "maven", "", "", ago: .seconds(5))
        let before = refusal(.insufficientScope, ago: .seconds(6))
        let after = refusal(.insufficientScope, ago: .seconds(4))
        #expect(Sighting.latest(nil, nil) == nil)
        #expect(Sighting.latest(use, nil) == .use(use))
        #expect(Sighting.latest(nil, after) == .refusal(after))
        #expect(Sighting.latest(use, before) == .use(use))
        #expect(Sighting.latest(use, after) == .refusal(after))
    }

    @Test("the page asks for it at an address that says nothing of the secret, to its owner alone")
    func asks() async throws {
        let house = try PagesHouse()
        let (browser, alice) = try await house.browser("alice")
        let (bob, _) = try await house.browser("bob")
        await browser.get("/tokens")
        let reveal = try #require(
            await browser.post("/tokens", ["name": "CI", "services": "every"]).location)
        let page = await browser.get(reveal)
        let token = try #require(try await house.desk.working(of: alice.id).first).token
        let address = "/tokens/\(token.id)/seen"
        #expect(page.text.contains("data-watch=\"\(address)\""))
        #expect(page.headers["content-security-policy"]?.hasSuffix("; connect-src 'self'") == true)
        #expect(page.text.contains("href=\"/tokens/\(token.id)\" target=\"_blank\""))

        let waiting = await browser.get(address)
        #expect((waiting.status, waiting.text) == (200, "{\"seen\":null}\n"))
        #expect(waiting.headers["cache-control"] == "no-store")
        #expect(waiting.headers["content-security-policy"]?.contains("connect-src") == false)
        try await house.house.ledger.record([
            Use(
                secret: token.secret, service: "maven", address: "10.1.2.3", client: "Maven 3.9",
                lastAt: house.house.clock.now, count: 1)
        ])
        #expect(
            await browser.get(address).text
                == "{\"seen\":{\"sentence\":\"Seen from 10.1.2.3 by Maven 3.9 at Maven private repository: it works.\",\"works\":true}}\n"
        )
        #expect(await bob.get(address).status == 404)
        #expect(await PagesBrowser(house.application).get(address).status == 303)
    }
}
