import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk

@Suite("Whose is this?")
struct WhoseTests {
    let house: TestHouse
    let desk: TokenDesk
    let alice: Subject
    let bob: Subject

    init() async throws {
        house = try TestHouse()
        desk = TokenDesk(ledger: house.ledger, services: nil, clock: house.clock, format: .standard)
        alice = try await house.person("alice", name: "Alice Liddell")
        bob = try await house.person("bob")
    }

    private func requester(_ person: Subject) -> Requester { .person(person, address: "") }

    @Test("a whole secret, wherever it stands, in every state")
    func secret() async throws {
        let (token, secret) = try await house.token("ci", of: alice)
        let text = secret.reveal()
        for typed in [text, "  password=\"\(text)\"\n", "https://alice:\(text)@git.example.com/x"] {
            guard case .secret(let found, .current) = try await desk.whose(typed, of: nil) else {
                Issue.record("not found")
                return
            }
            #expect(found.token == token && found.owner.id == alice.id && found.lastUse == nil)
        }
        let rotated = try await desk.rotate(token.id, of: alice, overlap: .hour, by: requester(alice))
        let previous = try await desk.whose(text, of: nil)
        #expect(
            previous
                == .secret(
                    .init(token: rotated.token, owner: alice, lastUse: nil),
                    .previous(endsAt: house.now + .hours(1))))
        house.pass(.hours(2))
        #expect(
            try await desk.whose(text, of: alice)
                == .secret(.init(token: rotated.token, owner: alice, lastUse: nil), .ended))
        let revoked = try await desk.revoke(token.id, of: alice, by: requester(alice))
        #expect(
            try await desk.whose(rotated.secret.reveal(), of: nil)
                == .secret(.init(token: revoked, owner: alice, lastUse: nil), .current))
    }

    @Test("of somebody else's token, a person learns only that it is one, and only with the whole secret")
    func notYours() async throws {
        let (token, secret) = try await house.token("ci", of: alice)
        #expect(try await desk.whose(secret.reveal(), of: bob) == .notYours)
        for typed in [token.id.text, "alice", "ci", "Alice Liddell"] {
            #expect(try await desk.whose(typed, of: bob) == .tokens([], hasMore: false), "\(typed)")
        }
        let unknown = TokenFormat.standard.makeSecret().reveal()
        #expect(try await desk.whose(unknown, of: bob) == .unknownSecret)
        #expect(try await desk.whose(String(secret.reveal().dropLast(3)), of: nil) == .brokenSecret)
        #expect(try await desk.whose(" \n", of: nil) == .nothing)
    }

    @Test("an identifier, an alias, a login, or a part of a name")
    func others() async throws {
        let first = try await house.token("ci chain", of: alice).token
        let second = try await house.token("laptop", of: bob).token
        let renamed = try await desk.rotate(
            first.id, of: alice, overlap: .hour, renaming: true, by: requester(alice)
        ).token
        func found(_ text: String, of owner: Subject? = nil) async throws -> [TokenID] {
            guard case .tokens(let found, hasMore: false) = try await desk.whose(text, of: owner) else {
                return []
            }
            return found.map(\.token.id)
        }
        #expect(renamed.id != first.id)
        #expect(try await found(renamed.id.text) == [renamed.id])
        #expect(try await found(" \(first.id)\n") == [renamed.id])
        #expect(try await found(first.id.text, of: alice) == [renamed.id])
        #expect(try await found("BOB") == [second.id])
        #expect(try await found("chain") == [renamed.id])
        #expect(try await found("liddell") == [renamed.id])
        #expect(try await found("chain", of: alice) == [renamed.id])
        #expect(try await found("nobody") == [])
        // A login is that person's alone, also where it is a part of a token's name.
        _ = try await house.token("for bob", of: alice)
        #expect(try await found("bob") == [second.id])
    }

    @Test("names at most 20, and says that there are more")
    func bounded() async throws {
        for number in 0..<21 { _ = try await house.token("job \(number)", of: alice) }
        guard case .tokens(let found, hasMore: true) = try await desk.whose("job", of: nil) else {
            Issue.record("not bounded")
            return
        }
        #expect(found.count == 20)
    }
}
