import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("Local accounts")
struct LocalAccountsTests {
    let house: TestHouse
    let door: SignInHouse

    init() throws {
        house = try TestHouse()
        door = SignInHouse(house)
    }

    @Test("the right password signs in, with the login in any case")
    func signIn() async throws {
        let alice = try await house.person("Alice", password: "correct horse")
        var browser = Browser()
        try await door.signIn(&browser, "aLICE", "correct horse")
        let visitor = try #require(try await door.sessions.visitor(of: browser.request()))
        #expect(visitor.subject == alice)
        #expect(visitor.session.address == "192.0.2.1")
    }

    @Test("a wrong password and an unknown login are refused alike")
    func wrong() async throws {
        try await house.person("alice", password: "correct horse")
        for (login, password) in [
            ("alice", "wrong"), ("nobody", "correct horse"), ("", ""), ("a:b\u{0}", "x"),
        ] {
            await #expect(throws: SignInFault.wrongLoginOrPassword) {
                try await door.accounts.signIn(login: login, password: password, request: Browser().request())
            }
        }
        let details = try await house.ledger.events(about: nil, before: nil, limit: 10)
            .filter { $0.kind == .signInRefused }.map(\.detail)
        #expect(details.sorted() == ["unknown login", "unknown login", "unknown login", "wrong password"])
    }

    @Test("the result of each attempt is counted, and nothing about the person")
    func counts() async throws {
        try await house.person("alice", password: "correct horse")
        var browser = Browser()
        try await door.signIn(&browser, "alice", "correct horse")
        for login in ["alice", "nobody"] { try? await door.signIn(&browser, login, "wrong") }
        try? await door.signIn(&browser, "alice", TokenFormat.standard.makeSecret().reveal())
        let seen = door.sessions.counts.all.filter { $0.value > 0 }
        #expect(
            Dictionary(uniqueKeysWithValues: seen.map { ("\($0.key.method) \($0.key.name)", $0.value) }) == [
                "password signed_in": 1, "password wrong_login_or_password": 2,
                "password token_as_password": 1,
            ])
        #expect(
            door.sessions.counts.all.count == seen.count + 2, "of the other ways it is told that none came")
    }

    @Test("a token in the password field is refused with the reason, valid or not")
    func token() async throws {
        let alice = try await house.person("alice", password: "correct horse")
        let secret = try await house.token("ci", of: alice).secret.reveal()
        for typed in [secret, " \(secret)\n", TokenFormat.standard.makeSecret().reveal()] {
            await #expect(throws: SignInFault.tokenAsPassword) {
                try await door.accounts.signIn(login: "alice", password: typed, request: Browser().request())
            }
        }
        #expect(
            SignInFault.tokenAsPassword.description.hasPrefix(
                "This is a token. Use your password here; tokens are for tools."))
        let events = try await house.ledger.events(about: nil, before: nil, limit: 10)
        #expect(events.allSatisfy { !$0.detail.contains(secret) })
    }

    @Test("a suspended person learns so, but only with the right password")
    func suspended() async throws {
        let alice = try await house.person("alice", password: "correct horse")
        try await house.suspend(alice)
        await #expect(throws: SignInFault.suspended) {
            try await door.accounts.signIn(
                login: "alice", password: "correct horse", request: Browser().request())
        }
        await #expect(throws: SignInFault.wrongLoginOrPassword) {
            try await door.accounts.signIn(login: "alice", password: "wrong", request: Browser().request())
        }
    }

    @Test("concurrent guesses are slowed down like consecutive ones")
    func guessingAtOnce() async throws {
        try await house.person("alice", password: "correct horse")
        let tried = await withTaskGroup(of: Bool.self, returning: Int.self) { group in
            for guess in 0..<30 {
                group.addTask {
                    do {
                        _ = try await door.accounts.signIn(
                            login: "alice", password: "guess \(guess)", request: Browser().request())
                    } catch SignInFault.wrongLoginOrPassword {
                        return true
                    } catch {}
                    return false
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(tried == 5)
    }

    @Test("all ways of writing a login count as one account, also where nobody has it")
    func spellings() async throws {
        try await house.person("Zoë.K", password: "correct horse")
        for account in ["Zoë.K", "Rene\u{301}e.K"] {
            let spellings = [
                account, account.normalized.lowercased(), account.uppercased(),
                account.replacing("ë", with: "e\u{308}"), account.replacing("K", with: "\u{212A}"),
                account.replacing("e\u{301}", with: "É"),
            ]
            var refused = 0
            for (number, login) in spellings.enumerated() {
                var stranger = Browser()
                stranger.address = "198.51.100.\(number)"
                do {
                    _ = try await door.accounts.signIn(
                        login: login, password: "guess", request: stranger.request())
                } catch SignInFault.tooManyAttempts {
                    refused += 1
                } catch SignInFault.wrongLoginOrPassword {}
            }
            #expect(refused == 1, "five are free, of whichever spelling")
        }
    }

    @Test("a password matches from a keyboard that sends it in another normal form")
    func normalForms() async throws {
        let (composed, decomposed) = ("Zoë’s pässword", "Zoe\u{308}’s pa\u{308}ssword")
        let alice = try await house.person("alice")
        let login = alice.login
        for typed in [composed, decomposed] {
            let hash = try await door.accounts.hash(typed, for: login)
            try await house.ledger.setPassword(
                hash, of: alice.id, keeping: nil,
                event: Event(.passwordSet, at: house.clock.now, actor: nil, subject: alice.id))
            for other in [composed, decomposed] {
                var browser = Browser()
                try await door.signIn(&browser, "alice", other)
                #expect(try await door.accounts.owner(login: login, password: other) == alice.id)
            }
            #expect(try await house.ledger.passwordHash(of: alice.id) == hash)
        }
    }

    @Test("a password that an older version hashed as typed still matches, and is hashed again")
    func olderHash() async throws {
        let (composed, decomposed) = ("Zoë’s pässword", "Zoe\u{308}’s pa\u{308}ssword")
        let alice = try await house.person("alice", password: decomposed)
        let old = try await house.ledger.passwordHash(of: alice.id)
        await #expect(throws: SignInFault.wrongLoginOrPassword) {
            var browser = Browser()
            try await door.signIn(&browser, "alice", composed)
        }
        var browser = Browser()
        try await door.signIn(&browser, "alice", decomposed)
        #expect(try await door.sessions.visitor(of: browser.request()) != nil)
        let new = try await house.ledger.passwordHash(of: alice.id)
        #expect(new != old)
        for typed in [composed, decomposed] {
            try await door.signIn(&browser, "alice", typed)
            #expect(try await house.ledger.passwordHash(of: alice.id) == new)
        }
        let events = try await house.ledger.events(about: alice.id, before: nil, limit: 20)
        #expect(!events.contains { $0.kind == .passwordSet })
    }

    @Test("an office may sign in from one address as often as it likes")
    func office() async throws {
        try await house.person("alice", password: "correct horse")
        for _ in 0..<40 {
            var browser = Browser()
            try await door.signIn(&browser, "alice", "correct horse")
        }
    }

    @Test("guessing at an account is slowed down, but not its owner's own browser")
    func guessing() async throws {
        try await house.person("alice", password: "correct horse")
        var owners = Browser()
        try await door.signIn(&owners, "alice", "correct horse")
        for number in 0..<5 {
            await #expect(throws: SignInFault.wrongLoginOrPassword) {
                var stranger = Browser()
                stranger.address = "198.51.100.\(number)"
                _ = try await door.accounts.signIn(
                    login: "alice", password: "guess", request: stranger.request())
            }
        }
        await #expect(throws: SignInFault.tooManyAttempts(wait: .seconds(1))) {
            try await door.accounts.signIn(
                login: "alice", password: "correct horse", request: Browser().request())
        }
        owners.cookies["jeton-session"] = nil
        try await door.signIn(&owners, "alice", "correct horse")
        house.pass(.seconds(1))
        var other = Browser()
        try await door.signIn(&other, "alice", "correct horse")
    }

    @Test(
        "guesses at many accounts from an unreadable address are slowed, and slow nobody whose address is known"
    )
    func guessingFromNowhere() async throws {
        try await house.person("alice", password: "correct horse")
        var hidden = Browser()
        hidden.address = "unknown"
        for number in 0..<20 {
            await #expect(throws: SignInFault.wrongLoginOrPassword) {
                try await door.accounts.signIn(
                    login: "nobody-\(number)", password: "guess", request: hidden.request())
            }
        }
        hidden.address = "for=192.0.2.1"
        await #expect(throws: SignInFault.tooManyAttempts(wait: .seconds(1))) {
            try await door.accounts.signIn(
                login: "alice", password: "correct horse", request: hidden.request())
        }
        // Neither the proxy itself, nor a known client behind it.
        for address in ["127.0.0.1", "192.0.2.1"] {
            var other = Browser()
            other.address = address
            try await door.signIn(&other, "alice", "correct horse")
        }
    }

    @Test("a forged device cookie, or somebody else's, is worth nothing")
    func forgedDevice() async throws {
        try await house.person("alice", password: "correct horse")
        try await house.person("mallory", password: "correct horse")
        var mallory = Browser()
        try await door.signIn(&mallory, "mallory", "correct horse")
        for _ in 0..<5 {
            _ = try? await door.accounts.signIn(login: "alice", password: "guess", request: mallory.request())
        }
        await #expect(throws: SignInFault.tooManyAttempts(wait: .seconds(1))) {
            try await door.accounts.signIn(login: "alice", password: "guess", request: mallory.request())
        }
    }

    @Test("signing in creates a new session and ends the browser's former one")
    func rotated() async throws {
        try await house.person("alice", password: "correct horse")
        var browser = Browser()
        try await door.signIn(&browser, "alice", "correct horse")
        let before = browser
        try await door.signIn(&browser, "alice", "correct horse")
        #expect(browser.cookies["jeton-session"] != before.cookies["jeton-session"])
        #expect(try await door.sessions.visitor(of: before.request()) == nil)
        #expect(try await door.sessions.visitor(of: browser.request()) != nil)
    }

    @Test("changing the password needs the current one, and signs out every other browser")
    func change() async throws {
        try await house.person("alice", password: "correct horse")
        var here = Browser()
        var there = Browser()
        try await door.signIn(&here, "alice", "correct horse")
        try await door.signIn(&there, "alice", "correct horse")
        let visitor = try #require(try await door.sessions.visitor(of: here.request()))
        func change(_ current: String, _ new: String) async throws {
            try await door.accounts.changePassword(
                of: visitor, from: current, to: new, request: here.request())
        }
        await #expect(throws: SignInFault.wrongLoginOrPassword) {
            try await change("wrong", "battery staple")
        }
        await #expect(throws: SignInFault.badPassword(.tooShort)) {
            try await change("correct horse", "short")
        }
        await #expect(throws: SignInFault.badPassword(.token)) {
            try await change("correct horse", TokenFormat.standard.makeSecret().reveal())
        }
        try await change("correct horse", "battery staple")
        #expect(try await door.sessions.visitor(of: here.request()) != nil)
        #expect(try await door.sessions.visitor(of: there.request()) == nil)
        await #expect(throws: SignInFault.wrongLoginOrPassword) {
            try await change("correct horse", "and again!")
        }
    }

    @Test("the first link creates an administrator, once, within the hour")
    func first() async throws {
        let code = try await door.accounts.invite(nil)
        #expect(try await door.accounts.invited(by: code) == .some(.none))
        #expect(try await door.accounts.invited(by: "made up") == nil)
        func accept(_ login: String, _ password: String) async throws -> [String] {
            try await door.accounts.accept(
                code: code, login: login, name: "", password: password, request: Browser().request())
        }
        await #expect(throws: SignInFault.badLogin(.empty)) { try await accept("", "correct horse") }
        await #expect(throws: SignInFault.badLogin(.keptForAccounts("BOT-root"))) {
            try await accept("BOT-root", "correct horse")
        }
        await #expect(throws: SignInFault.badPassword(.tooShort)) { try await accept("alice", "short") }
        var browser = Browser()
        browser.keep(try await accept("alice", "correct horse"))
        let visitor = try #require(try await door.sessions.visitor(of: browser.request()))
        #expect(visitor.subject.isAdministrator)
        await #expect(throws: SignInFault.invitationUnknown) { try await accept("bob", "correct horse") }
        try await door.signIn(&browser, "alice", "correct horse")
    }

    @Test("a link that is too old is refused")
    func late() async throws {
        let code = try await door.accounts.invite(nil)
        house.pass(LocalAccounts.firstInvitation)
        #expect(try await door.accounts.invited(by: code) == nil)
    }

    @Test("an invited person chooses a password, and nobody else can with that link")
    func invited() async throws {
        let bob = try await house.person("bob")
        let code = try await door.accounts.invite(bob.id)
        #expect(try await door.accounts.invited(by: code) == .some(bob))
        var browser = Browser()
        browser.keep(
            try await door.accounts.accept(
                code: code, login: "mallory", name: "", password: "correct horse", request: browser.request())
        )
        #expect(try await door.sessions.visitor(of: browser.request())?.subject == bob)
        #expect(try await door.accounts.invited(by: code) == nil)
    }
}
