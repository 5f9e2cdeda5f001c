import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("Sessions")
struct SessionsTests {
    let house: TestHouse
    let alice: Subject

    init() async throws {
        house = try TestHouse()
        alice = try await house.person("alice")
    }

    @Test("a session ends when it is idle, and at its greatest age in any case")
    func lifetimes() async throws {
        let sessions = SignInHouse(house).sessions
        var browser = Browser()
        browser.keep(try await sessions.begin(for: alice, at: browser.request()))
        for _ in 0..<15 {
            house.pass(.hours(11))
            #expect(try await sessions.visitor(of: browser.request()) != nil)
        }
        house.pass(.hours(3))
        #expect(try await sessions.visitor(of: browser.request()) == nil)

        browser.keep(try await sessions.begin(for: alice, at: browser.request()))
        house.pass(.hours(12))
        #expect(try await sessions.visitor(of: browser.request()) == nil)
    }

    @Test("a session that began under a clock far ahead is over once the clock is right")
    func clockAhead() async throws {
        let sessions = SignInHouse(house).sessions
        var browser = Browser()
        browser.keep(try await sessions.begin(for: alice, at: browser.request()))
        // The clocks of nodes differ.
        house.pass(.hours(-1))
        #expect(try await sessions.visitor(of: browser.request()) != nil)
        house.pass(.days(-3000))
        #expect(try await sessions.visitor(of: browser.request()) == nil)
        #expect(try await sessions.all(of: alice.id).isEmpty)
    }

    @Test("a session last seen under a clock that was ahead still ends, and is seen again")
    func seenAhead() async throws {
        let sessions = SignInHouse(house).sessions
        var browsers = [Browser(), Browser()]
        for index in browsers.indices {
            browsers[index].keep(try await sessions.begin(for: alice, at: browsers[index].request()))
        }
        for _ in 0..<3 {
            house.setClock(ahead: .hours(11))
            for browser in browsers { #expect(try await sessions.visitor(of: browser.request()) != nil) }
        }
        house.setClock(ahead: .hours(-33))
        house.pass(.hours(10))
        #expect(try await sessions.visitor(of: browsers[0].request()) != nil)
        house.pass(.hours(3))
        #expect(try await sessions.visitor(of: browsers[0].request()) != nil)
        // It was not seen since: a moment in the future counts as not there.
        #expect(try await sessions.visitor(of: browsers[1].request()) == nil)
    }

    @Test("an invitation from a clock that was ahead is invalid once the clock is right")
    func invitedAhead() async throws {
        let accounts = SignInHouse(house).accounts
        house.setClock(ahead: .days(365))
        let code = try await accounts.invite(alice.id)
        #expect(try await accounts.invited(by: code) != nil)
        house.setClock(ahead: .days(-365))
        #expect(try await accounts.invited(by: code) == nil)
        let again = try await accounts.invite(alice.id)
        house.pass(TimeSpan(milliseconds: LocalAccounts.invitation.milliseconds - 1000))
        #expect(try await accounts.invited(by: again) != nil)
        house.pass(.seconds(1))
        #expect(try await accounts.invited(by: again) == nil)
    }

    @Test("a suspended person's session is refused at once")
    func suspended() async throws {
        let sessions = SignInHouse(house).sessions
        var browser = Browser()
        browser.keep(try await sessions.begin(for: alice, at: browser.request()))
        try await house.suspend(alice)
        #expect(try await sessions.visitor(of: browser.request()) == nil)
    }

    @Test("signing out ends this browser, signing out everywhere ends all")
    func signingOut() async throws {
        let sessions = SignInHouse(house).sessions
        var browsers = [Browser(), Browser(), Browser()]
        for index in browsers.indices {
            browsers[index].keep(try await sessions.begin(for: alice, at: browsers[index].request()))
        }
        let first = try #require(try await sessions.visitor(of: browsers[0].request()))
        #expect(try await sessions.all(of: alice.id).count == 3)
        #expect(
            try await sessions.end(first, at: browsers[0].request()) == [
                "jeton-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
            ])
        #expect(try await sessions.visitor(of: browsers[0].request()) == nil)
        let second = try #require(try await sessions.visitor(of: browsers[1].request()))
        _ = try await sessions.endAll(of: second, at: browsers[1].request())
        #expect(try await sessions.all(of: alice.id).isEmpty)
    }

    @Test("with https the cookie is bound to the host, and no script can read it")
    func cookies() async throws {
        let browser = Browser()
        let secure = try await SignInHouse(house, isSecure: true).sessions.begin(
            for: alice, at: browser.request())
        #expect(secure[0].hasPrefix("__Host-jeton-session="))
        #expect(secure[0].hasSuffix("; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800; Secure"))
        let plain = try await SignInHouse(house).sessions.begin(for: alice, at: browser.request())
        #expect(plain[0].hasPrefix("jeton-session="))
        #expect(!plain[0].contains("Secure"))
    }

    @Test("a form is genuine only with this browser's own proof")
    func forms() async throws {
        let guardian = SignInHouse(house).guardian
        var browser = Browser()
        let proof = guardian.proof(for: browser.request())
        browser.keep([try #require(proof.cookie)])
        #expect(guardian.proof(for: browser.request()) == FormGuard.Proof(value: proof.value, cookie: nil))
        #expect(guardian.isGenuine(browser.request("POST", form: "csrf=\(proof.value)")))
        #expect(!guardian.isGenuine(browser.request("POST", form: "csrf=")))
        #expect(!guardian.isGenuine(browser.request("POST")))
        #expect(!guardian.isGenuine(Browser().request("POST", form: "csrf=\(proof.value)")))
        var other = Browser()
        other.keep([try #require(guardian.proof(for: other.request()).cookie)])
        #expect(!guardian.isGenuine(other.request("POST", form: "csrf=\(proof.value)")))
        var crossSite = browser.request("POST", form: "csrf=\(proof.value)")
        crossSite.headers["sec-fetch-site"] = "cross-site"
        #expect(!guardian.isGenuine(crossSite))
    }
}
