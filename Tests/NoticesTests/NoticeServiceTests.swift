import Desk
import JSON
import Ledger
import Synchronization
import TestHouse
import Testing
import Tokens

@testable import Notices

/// A channel in memory that answers what a test says.
final class MemoryChannel: NoticeChannel {
    private let state = Mutex<(sent: [NoticeMessage], outcome: DeliveryOutcome)>(([], .delivered))

    var sent: [NoticeMessage] { state.withLock { $0.sent } }
    var subjects: [String] { sent.map(\.subject) }

    func answer(_ outcome: DeliveryOutcome) { state.withLock { $0.outcome = outcome } }

    func send(_ message: NoticeMessage) async -> DeliveryOutcome {
        state.withLock { state in
            state.sent.append(message)
            return state.outcome
        }
    }
}

@Suite("Writing and sending notices") struct NoticeServiceTests {
    private struct Desk {
        let house: TestHouse
        let mail = MemoryChannel()
        let hook = MemoryChannel()
        let alice, bruno: Subject

        init() async throws {
            house = try TestHouse()
            alice = try await house.person("alice", email: "alice@example.com")
            bruno = try await house.person("bruno", email: "bruno@example.com", administrator: true)
        }

        func service(
            kinds: Set<NoticeKind> = [], always: Set<NoticeKind> = [], mailing: Bool = true
        ) -> NoticeService {
            var settings = NoticeSettings(address: "https://desk.example")
            settings.mail = mailing ? mail : nil
            settings.endpoints = [.init(name: "ops", kinds: kinds, channel: hook)]
            settings.always = always
            settings.unsubscribe = { "https://desk.example/notices/unsubscribe/\($0)" }
            return NoticeService(ledger: house.ledger, settings: settings, clock: house.clock)
        }

        func revoke(_ token: Token, by actor: Subject) async throws {
            try await house.ledger.revoke(
                token.id, .init(at: house.now, by: actor.id, reason: .byAdministrator),
                event: Event(
                    .tokenRevoked, at: house.now, actor: actor.id, subject: token.owner, token: token.id,
                    detail: token.name.text))
        }

        func token(_ name: String = "nightly", expires: Timestamp? = nil) async throws -> Token {
            let token = Token(
                id: .next(at: house.now), owner: alice.id, name: try TokenName(name), scopes: .everyService,
                createdAt: house.now, origin: .desk, expiresAt: expires)
            try await house.ledger.add(
                token, digest: TokenFormat.standard.makeSecret().digest,
                event: Event(
                    .tokenCreated, at: house.now, actor: alice.id, subject: alice.id, token: token.id,
                    detail: name))
            return token
        }
    }

    private static func desk(_ body: (Desk) async throws -> Void) async throws {
        let desk = try await Desk()
        try await body(desk)
        await desk.house.ledger.close()
    }

    @Test("what somebody else did is mailed once, posted to the webhook, and shown at the bell")
    func tells() async throws {
        try await Self.desk { desk in
            let service = desk.service()
            let token = try await desk.token()
            try await desk.revoke(token, by: desk.bruno)
            #expect(try await service.runOnce())
            #expect(try await service.runOnce())
            #expect(desk.mail.subjects == ["bruno revoked your token “nightly”"])
            let mail = try #require(desk.mail.sent.first)
            #expect(mail.to == MailAddress(name: "alice", address: "alice@example.com"))
            #expect(mail.type == "token.revoked")
            #expect(mail.link?.url == "https://desk.example/tokens/\(token.id)")
            #expect(desk.hook.subjects == desk.mail.subjects && desk.hook.sent.first?.to == nil)
            #expect(desk.hook.sent.first?.data["token"]?.string == token.id.text)
            #expect(try await desk.house.ledger.countOfNewNotices(of: desk.alice.id) == 1)
            #expect(try await desk.house.ledger.countOfNewNotices(of: desk.bruno.id) == 0)
        }
    }

    @Test("a delivery that fails is tried again with the same identifier, for three days")
    func retries() async throws {
        try await Self.desk { desk in
            let service = desk.service(kinds: [.leak])
            try await desk.revoke(try await desk.token(), by: desk.bruno)
            desk.mail.answer(.failed(reason: "451 try later", retryAfter: nil))
            for _ in 0..<100 {
                try await service.runOnce()
                desk.house.pass(.hours(1))
            }
            #expect(desk.mail.sent.count == 10)
            #expect(Set(desk.mail.sent.map(\.id)).count == 1)
            let failed = try await desk.house.ledger.deliveries(DeliveryQuery(state: .failed))
            #expect(failed.map(\.lastError) == ["gave up after three days: 451 try later"])
            desk.mail.answer(.delivered)
            #expect(try await desk.house.ledger.sendAgain(failed[0].notice.id, at: desk.house.now) == 1)
            try await service.runOnce()
            #expect(desk.mail.sent.count == 11)
            #expect(Set(desk.mail.sent.map(\.id)).count == 1)
        }
    }

    @Test("what a receiver asks for is waited for, and a channel that fails holds up no other")
    func retryAfter() async throws {
        try await Self.desk { desk in
            let service = desk.service()
            desk.hook.answer(.failed(reason: "429", retryAfter: .minutes(20)))
            for name in ["one", "two"] { try await desk.revoke(try await desk.token(name), by: desk.bruno) }
            try await service.runOnce()
            #expect(desk.mail.sent.count == 2 && desk.hook.sent.count == 1)
            desk.house.pass(.minutes(19))
            try await service.runOnce()
            // Neither is tried before that, since the receiver asked for it.
            #expect(desk.hook.sent.count == 1)
            desk.hook.answer(.delivered)
            desk.house.pass(.minutes(30))
            try await service.runOnce()
            #expect(desk.hook.sent.count == 3 && Set(desk.hook.sent.map(\.id)).count == 2)
        }
    }

    @Test("what fails for one recipient alone holds up no other of the same channel")
    func oneRecipient() async throws {
        try await Self.desk { desk in
            let service = desk.service()
            desk.mail.answer(.failed(reason: "452 mailbox full", isOfChannel: false))
            for name in ["one", "two"] { try await desk.revoke(try await desk.token(name), by: desk.bruno) }
            try await service.runOnce()
            #expect(desk.mail.sent.count == 2)
            desk.mail.answer(.delivered)
            desk.house.pass(.seconds(10))
            try await service.runOnce()
            #expect(desk.mail.sent.count == 4)
        }
    }

    @Test("a recipient who is refused for good gets nothing more, and the others do")
    func rejected() async throws {
        try await Self.desk { desk in
            let service = desk.service(kinds: [.leak])
            desk.mail.answer(.rejected(reason: "550 no such mailbox"))
            for name in ["one", "two"] { try await desk.revoke(try await desk.token(name), by: desk.bruno) }
            try await service.runOnce()
            desk.house.pass(.days(1))
            try await service.runOnce()
            #expect(desk.mail.sent.count == 2)
            let failed = try await desk.house.ledger.deliveries(DeliveryQuery(state: .failed))
            #expect(failed.map(\.lastError) == ["550 no such mailbox", "550 no such mailbox"])
        }
    }

    @Test("an endpoint that is gone is disabled, administrators are told, and it may be enabled again")
    func gone() async throws {
        try await Self.desk { desk in
            let service = desk.service()
            desk.hook.answer(.gone(reason: "410 Gone"))
            for name in ["one", "two"] { try await desk.revoke(try await desk.token(name), by: desk.bruno) }
            try await service.runOnce()
            try await service.runOnce()
            #expect(desk.hook.sent.count == 1)
            #expect(try await desk.house.ledger.disabledEndpoints().map(\.name) == ["webhook/ops"])
            #expect(
                desk.mail.sent.filter { $0.to?.address == "bruno@example.com" }.map(\.subject)
                    == ["The webhook “ops” was disabled"])
            desk.hook.answer(.delivered)
            try await desk.house.ledger.enable(endpoint: "webhook/ops")
            desk.house.pass(.minutes(1))
            try await desk.revoke(try await desk.token("three"), by: desk.bruno)
            try await service.runOnce()
            #expect(desk.hook.subjects.last == "bruno revoked your token “three”")
        }
    }

    @Test("a choice turns mail off or gathers it in one digest a day, and some kinds cannot be turned off")
    func choices() async throws {
        try await Self.desk { desk in
            let ledger = desk.house.ledger
            let service = desk.service(always: [.passwordChanged])
            try await ledger.choose(
                ["revoked": .daily, "newBrowser": .off, "password-changed": .off], for: desk.alice.id)
            for name in ["one", "two"] { try await desk.revoke(try await desk.token(name), by: desk.bruno) }
            try await ledger.add(
                Event(.passwordSet, at: desk.house.now, actor: desk.alice.id, subject: desk.alice.id))
            try await service.runOnce()
            #expect(desk.mail.subjects == ["Your password was set"])
            // At 07:00 UTC, and not before.
            desk.house.pass(.hours(22))
            try await service.runOnce()
            #expect(desk.mail.sent.count == 1)
            desk.house.pass(.hours(1))
            desk.mail.answer(.failed(reason: "451", retryAfter: nil))
            try await service.runOnce()
            desk.mail.answer(.delivered)
            desk.house.pass(.minutes(10))
            try await service.runOnce()
            try await service.runOnce()
            #expect(desk.mail.sent.count == 3 && desk.mail.sent[1].id == desk.mail.sent[2].id)
            let digest = desk.mail.sent[2]
            #expect(digest.subject == "2 notices about your tokens and your account")
            #expect(digest.paragraphs.count == 2)
            #expect(digest.unsubscribe == "https://desk.example/notices/unsubscribe/\(desk.alice.id)")
            #expect(
                try await ledger.deliveries(DeliveryQuery(state: .sent)).filter { $0.digestOn != nil }.count
                    == 2)
        }
    }

    @Test("nobody is told of old news: it is only shown")
    func stale() async throws {
        try await Self.desk { desk in
            try await desk.revoke(try await desk.token(), by: desk.bruno)
            desk.house.pass(.days(8))
            try await desk.service().runOnce()
            #expect(desk.mail.sent.isEmpty && desk.hook.sent.isEmpty)
            #expect(try await desk.house.ledger.countOfNewNotices(of: desk.alice.id) == 1)
        }
    }

    @Test("an expiry is told 30, 7 and 1 days before, and once when the server was off for a week")
    func expiries() async throws {
        try await Self.desk { desk in
            let service = desk.service(kinds: [.leak])
            let start = desk.house.now
            _ = try await desk.token("long", expires: start + .days(60))
            _ = try await desk.token("other", expires: start + .days(45))
            while desk.house.now < start + .days(37) {
                try await service.runOnce()
                desk.house.pass(.hours(8))
            }
            #expect(
                desk.mail.subjects == [
                    "Your token “other” expires in 30 days", "Your token “long” expires in 30 days",
                ])
            // Off for a week and longer: both thresholds are crossed, and the tightest alone is told.
            desk.house.pass(.days(7) + .hours(12))
            for _ in 0..<3 { try await service.runOnce() }
            #expect(desk.mail.subjects.dropFirst(2) == ["Your token “other” expires in 12 hours"])
            desk.house.pass(.days(14))
            for _ in 0..<3 { try await service.runOnce() }
            #expect(desk.mail.subjects.dropFirst(3) == ["Your token “long” expires in 2 days"])
        }
    }

    @Test("two nodes send each notice once, and one continues where another was killed")
    func nodes() async throws {
        try await Self.desk { desk in
            let (first, second) = (desk.service(kinds: [.leak]), desk.service(kinds: [.leak]))
            #expect(try await first.runOnce())
            try await desk.revoke(try await desk.token(), by: desk.bruno)
            #expect(try await !second.runOnce())
            #expect(desk.mail.sent.isEmpty)
            desk.house.pass(.minutes(1))
            #expect(try await second.runOnce())
            #expect(try await !first.runOnce())
            #expect(desk.mail.sent.count == 1)
        }
    }

    @Test("without a mail server everything is at the bell, and no delivery waits")
    func noMail() async throws {
        try await Self.desk { desk in
            try await desk.revoke(try await desk.token(), by: desk.bruno)
            try await desk.service(kinds: [.leak], mailing: false).runOnce()
            #expect(try await desk.house.ledger.deliveryFigures().waiting == 0)
            #expect(try await desk.house.ledger.countOfNewNotices(of: desk.alice.id) == 1)
        }
    }
}
