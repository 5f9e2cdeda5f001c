import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Gate

@Suite("Tokens that were handed over, at the gate")
struct HandedOverTests {
    let house: TestHouse
    let gate: GateHouse

    init() throws {
        house = try TestHouse()
        gate = try GateHouse(house)
    }

    private func ask(_ secret: TokenSecret, as login: String) async -> Response {
        await gate.ask("GET", "/verify/maven", ["Authorization": basic(login, secret.reveal())])
    }

    /// A token of Alice's that now belongs to `bot-ci`, whose steward is Bob.
    private func handedOver() async throws -> (alice: Subject, account: Subject, token: Token, TokenSecret) {
        let alice = try await house.person("alice")
        let bob = try await house.person("bob")
        let account = Subject(
            id: .next(at: house.now), login: try Login("bot-ci"), createdAt: house.now,
            account: ServiceAccount(purpose: "Builds", stewards: [bob.id]))
        try await house.ledger.add(account, event: Event(.subjectAdded, at: house.now, actor: nil))
        let (token, secret) = try await house.token("CI", of: alice)
        // It is known to the cache of grants from before.
        #expect(await ask(secret, as: "alice").headers["Remote-User"] == "alice")
        let handed = try await house.ledger.handOver(
            HandingOver(
                of: token, to: account.id, scopes: try #require(Scopes(text: "maven svn")), at: house.now),
            event: Event(.tokenHandedOver, at: house.now, actor: alice.id, token: token.id))
        return (alice, account, handed, secret)
    }

    @Test("the former owner's login goes on beside the secret, and the service is told of the account")
    func logins() async throws {
        let (_, _, token, secret) = try await handedOver()
        for login in ["alice", "ALICE", "bot-ci", "x-access-token"] {
            let answer = await ask(secret, as: login)
            #expect(answer.status == 200)
            #expect(answer.headers["Remote-User"] == "bot-ci")
            #expect(answer.headers["Remote-Kind"] == "service-account")
            #expect(answer.headers["X-Jeton-Token"] == token.id.text)
        }
        #expect(await ask(secret, as: "bob").reason == "wrong_login")
        let git = await gate.ask("GET", "/verify/git", ["Authorization": basic("alice", secret.reveal())])
        #expect(git.reason == "insufficient_scope")
    }

    @Test("when the former owner leaves, the secret works for the grace, and again when they are back")
    func leaves() async throws {
        let (alice, _, _, secret) = try await handedOver()
        func suspend(_ moment: Timestamp?) async throws {
            try await house.ledger.suspend(
                alice.id, since: moment,
                event: Event(.subjectSuspended, at: house.now, actor: nil, subject: alice.id))
        }
        #expect(await ask(secret, as: "alice").status == 200)
        try await suspend(house.now)
        #expect(await ask(secret, as: "alice").status == 200)
        house.pass(.days(30) + .seconds(-1))
        #expect(await ask(secret, as: "alice").status == 200)
        house.pass(.seconds(1))
        for login in ["alice", "bot-ci"] {
            let refused = await ask(secret, as: login)
            #expect((refused.status, refused.reason) == (403, "rotation_needed"))
            #expect(!refused.text.contains("alice"))
        }
        try await suspend(nil)
        #expect(await ask(secret, as: "alice").status == 200)
    }

    @Test("a new secret is not bound to who left, and takes the account's login alone")
    func rotated() async throws {
        let (alice, account, token, secret) = try await handedOver()
        let new = TokenFormat.standard.makeSecret()
        let rotation = Rotation(
            secret: .next(at: house.now), digest: new.digest, at: house.now,
            previousEndsAt: house.now + .days(60), expiresAt: nil, expirySetAt: house.now)
        try await house.ledger.rotate(
            token.id, rotation, event: Event(.tokenRotated, at: house.now, actor: account.id))
        try await house.ledger.suspend(
            alice.id, since: house.now,
            event: Event(.subjectSuspended, at: house.now, actor: nil, subject: alice.id))
        house.pass(.days(30))
        #expect(await ask(secret, as: "alice").reason == "rotation_needed")
        #expect(await ask(new, as: "bot-ci").status == 200)
        #expect(await ask(new, as: "alice").reason == "wrong_login")
    }

    @Test("saslauthd takes the account's login alone")
    func saslauthd() async throws {
        let (_, _, _, secret) = try await handedOver()
        let gate = SaslauthdGate(
            index: house.index, uses: UseRecorder(ledger: house.ledger), clock: house.clock,
            settings: .init(
                service: Service(name: try ServiceName("svn"), title: "Subversion"),
                desk: DeskAddress(publicURL: "https://tokens.example.com")))
        func answer(_ login: String) throws -> String {
            let bytes = SaslauthdRequestTests.bytes(login, secret.reveal(), "svn", "")
            let answer = try #require(gate.answer(bytes))
            return String(decoding: answer.bytes.dropFirst(2), as: UTF8.self)
        }
        #expect(try answer("bot-ci") == "OK")
        #expect(try answer("alice").hasPrefix("NO this token belongs to another login"))
    }
}
