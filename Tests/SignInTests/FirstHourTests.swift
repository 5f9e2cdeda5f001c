import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("Local accounts: the e-mail address, and the first link beside others")
struct FirstHourTests {
    let house: TestHouse
    let door: SignInHouse

    init() throws {
        house = try TestHouse()
        door = SignInHouse(house)
    }

    @Test("an e-mail address signs in where only one account has it, and a login wins")
    func byAddress() async throws {
        let alice = try await house.person(
            "alice", email: "Zoe\u{308}@example.com", password: "correct horse")
        try await house.person("bob", email: "team@example.com", password: "correct horse")
        let carol = try await house.person("carol", email: "team@example.com", password: "correct horse")
        try await house.person("dan", email: "unset@example.com")
        let named = try await house.person("erin@example.com", password: "another horse")
        try await house.person("erin", email: "erin@example.com", password: "correct horse")
        for typed in ["zoë@example.com", " ZOË@EXAMPLE.COM "] {
            var browser = Browser()
            try await door.signIn(&browser, typed, "correct horse")
            #expect(try await door.sessions.visitor(of: browser.request())?.subject == alice)
        }
        var browser = Browser()
        try await door.signIn(&browser, "erin@example.com", "another horse")
        #expect(try await door.sessions.visitor(of: browser.request())?.subject == named)
        try await house.suspend(carol)
        for typed in ["team@example.com", "unset@example.com", "erin@example.com", "nobody@example.com"] {
            await #expect(throws: SignInFault.wrongLoginOrPassword) {
                try await door.accounts.signIn(
                    login: typed, password: "correct horse", request: Browser().request())
            }
        }
    }

    @Test("login and e-mail address of an account share one limit of guesses")
    func oneBudget() async throws {
        try await house.person("alice", email: "alice@example.com", password: "correct horse")
        var outcomes: [SignInFault] = []
        for number in 0..<6 {
            var stranger = Browser()
            stranger.address = "198.51.100.\(number)"
            do {
                _ = try await door.accounts.signIn(
                    login: ["alice", "Alice@example.com"][number % 2], password: "guess",
                    request: stranger.request())
            } catch let fault as SignInFault {
                outcomes.append(fault)
            }
        }
        #expect(outcomes.prefix(5).allSatisfy { $0 == .wrongLoginOrPassword })
        if case .tooManyAttempts? = outcomes.last {} else { Issue.record("\(outcomes)") }
    }

    @Test("the first link works beside accounts that do not administer, and takes none of their logins")
    func firstBesideOthers() async throws {
        let bob = try await house.person("bob", password: "correct horse")
        let codes = [try await door.accounts.invite(nil), try await door.accounts.invite(nil)]
        func accept(_ code: String, _ login: String) async throws {
            _ = try await door.accounts.accept(
                code: code, login: login, name: "", password: "battery staple", request: Browser().request())
        }
        await #expect(throws: SignInFault.loginTaken(try Login("BOB"))) { try await accept(codes[0], "BOB") }
        try await accept(codes[0], "root")
        #expect(try await house.ledger.subject(login: Login("root"))?.isAdministrator == true)
        #expect(try await house.ledger.subject(bob.id)?.isAdministrator == false)
        #expect(try await door.accounts.invited(by: codes[1]) == nil)
        await #expect(throws: SignInFault.invitationUnknown) { try await accept(codes[1], "mallory") }
    }

    @Test("a link from before somebody was promoted no longer works")
    func firstAfterPromotion() async throws {
        let bob = try await house.person("bob", password: "correct horse")
        let code = try await door.accounts.invite(nil)
        try await house.ledger.appoint(
            bob.id, administrator: true, event: Event(.subjectPromoted, at: house.clock.now, actor: nil))
        #expect(try await door.accounts.invited(by: code) == nil)
    }
}
