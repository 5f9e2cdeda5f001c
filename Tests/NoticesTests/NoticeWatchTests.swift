import Desk
import Ledger
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import Notices

@Suite("What time makes") struct NoticeWatchTests {
    private let house: TestHouse
    private let mail = MemoryChannel()
    private let alice, bruno: Subject

    init() async throws {
        house = try TestHouse()
        alice = try await house.person("alice", email: "alice@example.com")
        bruno = try await house.person(
            "bruno", email: "bruno@example.com", groups: ["leads"], administrator: true)
    }

    private func service(_ settings: NoticeSettings? = nil) -> NoticeService {
        var settings = settings ?? NoticeSettings(address: "https://desk.example")
        settings.mail = mail
        return NoticeService(ledger: house.ledger, settings: settings, clock: house.clock)
    }

    private func token(_ name: String) async throws -> Token {
        let token = Token(
            id: .next(at: house.now), owner: alice.id, name: try TokenName(name), scopes: .everyService,
            createdAt: house.now, origin: .desk)
        try await house.ledger.add(
            token, digest: TokenFormat.standard.makeSecret().digest,
            event: Event(.tokenCreated, at: house.now, actor: alice.id, subject: alice.id, token: token.id))
        return token
    }

    private func use(_ secret: SecretID, from address: String) -> Use {
        Use(
            secret: secret, service: "maven", address: address, client: "Maven 3.9", lastAt: house.now,
            count: 60)
    }

    @Test("a new network, an old secret before its end, and a burst of refusals are told once")
    func uses() async throws {
        let service = service()
        let token = try await token("nightly")
        try await house.ledger.record([use(token.secret, from: "192.0.2.1")])
        try await service.runOnce()
        #expect(mail.sent.isEmpty)
        house.pass(.days(1))
        try await house.ledger.record([use(token.secret, from: "198.51.100.1")])
        let rotation = Rotation(
            secret: .next(at: house.now), digest: TokenFormat.standard.makeSecret().digest, at: house.now,
            previousEndsAt: house.now + .days(3), expiresAt: nil, expirySetAt: house.now)
        _ = try await house.ledger.rotate(
            token.id, rotation,
            event: Event(.tokenRotated, at: house.now, actor: alice.id, subject: alice.id, token: token.id))
        for _ in 0..<3 {
            try await service.runOnce()
            house.pass(.minutes(2))
        }
        #expect(mail.subjects == ["Your token “nightly” is used from a new network"])
        #expect(mail.sent[0].facts.contains(NoticeDetail("From", "198.51.100.1")))
        house.pass(.days(2))
        try await house.ledger.record([use(token.secret, from: "198.51.100.1")])
        for _ in 0..<3 {
            try await service.runOnce()
            house.pass(.minutes(2))
        }
        #expect(mail.subjects.dropFirst() == ["Your token “nightly” still uses an old secret"])
        try await house.ledger.record(refusals: [
            RefusedUse(use(token.secret, from: "198.51.100.1"), .expired)
        ])
        for _ in 0..<3 {
            try await service.runOnce()
            house.pass(.minutes(2))
        }
        #expect(mail.subjects.dropFirst(2) == ["Your token “nightly” is refused again and again"])
    }

    @Test("a password that is still used is told 7 days and a day before its end")
    func passwords() async throws {
        let end = house.now + .days(20)
        var settings = NoticeSettings(address: "https://desk.example")
        settings.services = [
            Service(
                name: try ServiceName("maven"), title: "Maven", passwords: .transition(until: end))
        ]
        let service = service(settings)
        while house.now < end + .days(2) {
            try await house.ledger.record(passwordUses: [
                PasswordUse(
                    subject: alice.id, service: "maven", address: "192.0.2.1", client: "Maven 3.9",
                    lastAt: house.now, count: 1)
            ])
            try await service.runOnce()
            house.pass(.hours(12))
        }
        #expect(mail.subjects == ["Your password ends at Maven soon", "Your password ends at Maven soon"])
        #expect(mail.sent.allSatisfy { $0.to?.address == "alice@example.com" })
        #expect(mail.sent[0].at == end - .days(7) && mail.sent[1].at == end - .days(1))
    }

    @Test("administrators are told of late exports and of a ledger that failed, once a day")
    func server() async throws {
        var settings = NoticeSettings(address: "https://desk.example")
        let (lags, failures) = (Shared<[String: TimeSpan]>([:]), Shared(0))
        settings.exportLags = { lags.value }
        settings.ledgerFailures = { failures.value }
        let service = service(settings)
        try await service.runOnce()
        #expect(mail.sent.isEmpty)
        lags.set(["syslog": .minutes(20), "file": .minutes(1)])
        failures.set(3)
        for _ in 0..<4 {
            house.pass(.minutes(5))
            try await service.runOnce()
        }
        #expect(mail.subjects.sorted() == ["The export “syslog” is late", "The ledger had trouble"])
        #expect(mail.sent.allSatisfy { $0.to?.address == "bruno@example.com" })
        house.pass(.days(1))
        try await service.runOnce()
        #expect(mail.subjects.count == 3)
    }

    @Test("those who may approve are told of a request, with the link to it")
    func requests() async throws {
        try await house.setApproval(ApprovalRules(all: ["leads"]))
        let desk = TokenDesk(
            ledger: house.ledger, services: [Service(name: try ServiceName("maven"))], clock: house.clock,
            format: .standard)
        let service = service()
        try await service.runOnce()
        let before = mail.sent.count
        let request = try await desk.requests.ask(
            for: .init(name: "deploy", scopes: ["maven"]), because: "It is time", for: alice,
            by: .person(alice, address: "192.0.2.1"))
        try await service.runOnce()
        let told = mail.sent.dropFirst(before)
        #expect(told.map(\.subject) == ["alice asks for token “deploy”"])
        #expect(told.first?.to?.address == "bruno@example.com")
        #expect(told.first?.link?.url == "https://desk.example/requests/\(request.id)")
        try await desk.requests.decide(request.id, approving: true, by: .person(bruno, address: "192.0.2.1"))
        try await service.runOnce()
        #expect(mail.subjects.last == "Your request for “deploy” was approved")
        #expect(mail.sent.last?.to?.address == "alice@example.com")
    }
}

/// A value that a test changes while others read it.
private final class Shared<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }

    func set(_ value: Value) { state.withLock { $0 = value } }
}
