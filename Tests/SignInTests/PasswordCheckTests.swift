import Ledger
import Sodium
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("Passwords for services: of local accounts", .timeLimit(.minutes(2)))
struct PasswordCheckTests {
    let house: TestHouse
    let check: PasswordCheck
    private let office = IPAddress("192.0.2.7")
    private let elsewhere = IPAddress("198.51.100.1")

    init() throws {
        house = try TestHouse()
        check = PasswordCheck(.accounts(SignInHouse(house).accounts), clock: house.clock)
    }

    private func outcome(
        _ login: String, _ password: String, from address: IPAddress? = IPAddress("192.0.2.7")
    ) async throws -> PasswordOutcome {
        let presented = try #require(PresentedPassword(login: login, password: password))
        return await check.outcome(of: presented, from: address)
    }

    @Test("the owner of a right password is returned, and nothing about wrong ones")
    func owners() async throws {
        let alice = try await house.person("alice", password: "correct horse")
        _ = try await house.person("bob")
        #expect(try await outcome("ALICE", "correct horse") == .owner(alice.id))
        #expect(try await outcome("alice", "correct horsf") == .wrong)
        #expect(try await outcome("bob", "correct horse") == .wrong)
        #expect(try await outcome("nobody", "correct horse") == .wrong)
        #expect(try await outcome("no such login!", "correct horse") == .wrong)
        // The gate refuses it itself.
        try await house.suspend(alice)
        #expect(try await outcome("alice", "correct horse") == .owner(alice.id))
        // None of it is an event.
        let events = try await house.ledger.events(about: nil, before: nil, limit: 100)
        #expect(!events.contains { $0.kind == .signInRefused })
    }

    @Test("with a provider, only break-glass accounts may use the desk's own passwords")
    func provider() async throws {
        var settings = SignInSettings()
        settings.hasProvider = true
        settings.passwordCost = .least
        let sessions = Sessions(ledger: house.ledger, clock: house.clock, settings: settings)
        let accounts = LocalAccounts(
            ledger: house.ledger, sessions: sessions, clock: house.clock, format: .standard, key: house.key,
            settings: settings)
        _ = try await house.person("alice", password: "correct horse")
        let check = PasswordCheck(.accounts(accounts), clock: house.clock)
        let presented = try #require(PresentedPassword(login: "alice", password: "correct horse"))
        #expect(await check.outcome(of: presented, from: nil) == .wrong)
    }

    @Test("guessing at an account is slowed down from anywhere, but not its owner at a known address")
    func account() async throws {
        let alice = try await house.person("alice", password: "correct horse")
        #expect(try await outcome("alice", "correct horse") == .owner(alice.id))
        for number in 0..<5 {
            #expect(
                try await outcome("alice", "wrong \(number)", from: IPAddress(v4: UInt32(number))) == .wrong)
        }
        guard case .tooManyAttempts(let wait) = try await outcome("alice", "wrong", from: elsewhere) else {
            Issue.record("guessing was not slowed")
            return
        }
        #expect(wait == .seconds(1))
        house.pass(.minutes(5))
        #expect(try await outcome("alice", "correct horse") == .owner(alice.id))
    }

    @Test("guessing at many accounts from one address is slowed down")
    func address() async throws {
        let bob = try await house.person("bob", password: "correct horse")
        for number in 0..<20 { #expect(try await outcome("user\(number)", "winter") == .wrong) }
        guard case .tooManyAttempts = try await outcome("another", "winter") else {
            Issue.record("guessing was not slowed")
            return
        }
        #expect(try await outcome("bob", "correct horse", from: elsewhere) == .owner(bob.id))
    }

    @Test("one stale password, sent all day, slows down neither its account nor its address")
    func stale() async throws {
        let alice = try await house.person("alice", password: "correct horse")
        for _ in 0..<300 {
            #expect(try await outcome("alice", "last year's") == .wrong)
            house.pass(.minutes(1))
        }
        #expect(try await outcome("alice", "correct horse") == .owner(alice.id))
    }

    @Test("a check that failed is not a guess, and does not make the next one free")
    func unavailable() async throws {
        _ = try await house.person("alice", password: "correct horse")
        let closed = PasswordCheck(
            .accounts(SignInHouse(house).accounts), clock: house.clock,
            turnstile: AsyncSemaphore(atATime: 0, waiting: 0))
        for number in 0..<100 {
            let presented = try #require(PresentedPassword(login: "alice", password: "wrong \(number)"))
            #expect(
                await closed.outcome(of: presented, from: office)
                    == .unavailable(reason: "too many passwords are being checked"))
        }
    }
}

@Suite("The semaphore", .timeLimit(.minutes(2)))
struct TurnstileTests {
    @Test("grants its permits, queues a few, and refuses the rest")
    func turns() async {
        let turnstile = AsyncSemaphore(atATime: 2, waiting: 1)
        #expect(await turnstile.enter())
        #expect(await turnstile.enter())
        async let third = turnstile.enter()
        while await turnstile.countWaiting == 0 { await Task.yield() }
        #expect(await !turnstile.enter())
        await turnstile.leave()
        #expect(await third)
        await turnstile.leave()
        #expect(await turnstile.enter())
    }

    private final class Entered: Sendable {
        let names = Mutex<[String]>([])
    }

    @Test("reserves permits for known callers, and serves them before strangers")
    func known() async {
        let turnstile = AsyncSemaphore(atATime: 2, waiting: 1, keeping: 1)
        let entered = Entered()
        #expect(await turnstile.enter())
        let stranger = Task {
            _ = await turnstile.enter()
            entered.names.withLock { $0.append("stranger") }
        }
        while await turnstile.countWaiting == 0 { await Task.yield() }
        #expect(await !turnstile.enter())
        #expect(await turnstile.enter(known: true))
        let known = Task {
            _ = await turnstile.enter(known: true)
            entered.names.withLock { $0.append("known") }
        }
        while await turnstile.countWaiting < 2 { await Task.yield() }
        #expect(await !turnstile.enter(known: true))

        await turnstile.leave()
        await known.value
        #expect(entered.names.withLock(\.self) == ["known"])
        // One permit is still taken, and the other is not for strangers.
        await turnstile.leave()
        #expect(await turnstile.countWaiting == 1)
        await turnstile.leave()
        await stranger.value
        #expect(entered.names.withLock(\.self) == ["known", "stranger"])
    }
}
