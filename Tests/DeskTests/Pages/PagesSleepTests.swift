import HTTPServer
import JSON
import Ledger
import ProviderKit
import TestHouse
import Testing
import Tokens

@testable import DeskPages

@Suite("Pages: tokens that sleep")
struct PagesSleepTests {
    let house: PagesHouse

    init() throws {
        house = try PagesHouse()
    }

    private static let again = "/sign-in/oidc?again=yes&amp;return_to=%2Ftokens"

    /// Alice, who is at a browser, whom a provider signed in almost 35 days ago, and who has to come every 42.
    private func alice() async throws -> PagesBrowser {
        let person = try await house.house.person("alice", administrator: true, password: PagesHouse.password)
        _ = try await house.house.token("ci", of: person)
        try await house.house.signIn(person)
        try await house.house.setSignInPolicy(every: .days(42))
        house.house.pass(.days(35) + .seconds(-1))
        let browser = PagesBrowser(house.application)
        await browser.signIn("alice")
        return browser
    }

    @Test("My Tokens warns a week before, says that they sleep, and leads to the provider")
    func myTokens() async throws {
        let browser = try await alice()
        #expect(!(await browser.get("/tokens").text.contains("Sign in again")))
        house.house.pass(.seconds(1))
        let warned = await browser.get("/tokens").text
        #expect(warned.contains("Your tokens become dormant on"))
        #expect(warned.contains("14 Mar 2026, 08:00 UTC"))
        #expect(warned.contains(#"href="\#(Self.again)""#))

        house.house.pass(.days(7))
        await browser.signIn("alice")
        let asleep = await browser.get("/tokens").text
        #expect(asleep.contains("Your tokens have been dormant since"))
        #expect(asleep.contains(#"href="\#(Self.again)""#))
        #expect(asleep.contains(#"<span class="tag bad">dormant</span>"#))
        let path = try #require(asleep.firstMatch(of: /href="(\/tokens\/\w+)"/)?.output.1)
        for page in [String(path), "/admin\(path)"] {
            #expect(await browser.get(page).text.contains(#"<span class="tag bad">dormant</span>"#))
        }
        #expect(!warned.contains(">dormant<"))
    }

    @Test("signing in again goes through the provider, moves the last sign-in, and ends the old session")
    func again() async throws {
        let house = try TestHouse()
        let provider = try HostileProvider(clock: house.clock, key: SigningKey(.p256, id: "one"))
        provider.behave { [key = provider.key] in $0.idToken = { key.sign(.object($0), algorithm: "ES256") } }
        let browser = PagesBrowser(try PagesHouse(house: house, provider: provider).application)
        func goThrough(_ path: String) async throws -> String? {
            let away = await browser.get(path)
            let location = try #require(away.location)
            #expect(location.hasPrefix(provider.issuer))
            let state = try #require(Request("GET", location).queryItems["state"])
            let code = provider.authorize(location)
            return await browser.get("/sign-in/callback?code=\(code)&state=\(state)").location
        }
        #expect(try await goThrough("/sign-in/oidc") == "/tokens")
        let first = try #require(try await house.ledger.subjects(matching: nil).first)
        house.pass(.days(2))
        let now = house.clock.now
        // Who is signed in is led on, and only who asks for more goes through once more.
        let session = try #require(try await house.ledger.sessions(of: first.id).first)
        try await house.ledger.touch(session.id, at: now)
        #expect(await browser.get("/sign-in/oidc").location == "/tokens")
        let path = Self.again.replacing("&amp;", with: "&")
        #expect(try await goThrough(path) == "/tokens")
        #expect(await browser.get("/tokens").notice == "You have signed in again. Your tokens work.")
        #expect(try await house.ledger.subject(first.id)?.lastSignInAt == now)
        let sessions = try await house.ledger.sessions(of: first.id)
        #expect(sessions.count == 1)
        #expect(sessions.first?.id != session.id)
        await provider.stop()
    }

    @Test("administrators see whose tokens sleep")
    func administrators() async throws {
        let browser = try await alice()
        #expect(!(await browser.get("/admin/tokens").text.contains("dormant")))
        house.house.pass(.days(8))
        await browser.signIn("alice")
        #expect(await browser.get("/admin/tokens").text.contains(#"<span class="tag bad">dormant</span>"#))
        #expect(
            await browser.get("/admin/people").text.contains(#"<span class="tag bad">tokens dormant</span>"#))
        #expect(await browser.get("/admin/events").text.contains("changed how often people must sign in"))
    }
}
