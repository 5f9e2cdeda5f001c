import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Paused and changed tokens") struct Pauses {
        @Test("a pause reaches every secret of a token and what was exchanged for it", arguments: Engine.all)
        func pause(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                let child = try await house.exchange(for: token)
                let rotated = try await house.rotate(
                    token, of: alice, at: .noon, previousEnds: .noon + .days(7))
                house.notified.forget()
                let pause = Pause(source: .owner, at: .noon, until: .noon + .hours(1), by: alice.id)
                let paused = try await house.ledger.change(token.id, at: .noon) { token in
                    token.pauses = [pause]
                    return [.note(.tokenPaused, about: alice)]
                }
                #expect(paused.state(at: .noon) == .paused && paused.secret == rotated.secret)
                #expect(try await house.ledger.token(token.id) == paused)
                #expect(try await house.ledger.token(child.id)?.pauses == [pause.inherited])
                #expect(
                    Set(house.notified.records.map(\.secret))
                        == [token.secret, rotated.secret, child.secret])
                #expect(Set(try await house.loaded().records) == Set(house.notified.records))
                // By the clock alone it works again.
                func listed(_ state: Token.State, at moment: Timestamp) async throws -> Set<TokenID> {
                    let query = TokenQuery(states: [state], now: moment)
                    return Set(try await house.ledger.tokens(query).map(\.token.id))
                }
                #expect(try await listed(.paused, at: .noon) == [token.id, child.id])
                #expect(try await listed(.active, at: .noon).isEmpty)
                #expect(try await listed(.active, at: .noon + .hours(1)) == [token.id, child.id])
                // Sweeping removes only what is over.
                try await house.ledger.sweep(at: .noon + .minutes(59))
                #expect(try await house.ledger.token(token.id)?.pauses == [pause])
                try await house.ledger.sweep(at: .noon + .hours(1))
                #expect(try await house.ledger.token(token.id)?.pauses == [])
                #expect(try await house.ledger.token(child.id)?.pauses == [])
            }
        }

        @Test(
            "a child keeps its own pause, and loses its parent's when that is lifted", arguments: Engine.all)
        func ofParent(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let parent = try await house.token(of: alice)
                let child = try await house.exchange(for: parent)
                let own = Pause(source: .leak, at: .noon, until: nil, by: nil)
                let other = Pause(source: .administrator, at: .noon, until: .noon + .days(1), by: nil)
                for (token, pauses) in [(child, [own]), (parent, [other]), (parent, [])] {
                    try await house.ledger.change(token.id, at: .noon) { token in
                        token.pauses = pauses
                        return [.note(.tokenPaused)]
                    }
                    let expected = token.id == child.id ? [own] : [own] + pauses.map(\.inherited)
                    #expect(try await house.ledger.token(child.id)?.pauses == expected)
                }
            }
        }

        @Test(
            "what a token may do changes for every secret and child; a refusal changes nothing",
            arguments: Engine.all)
        func change(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                let taken = try await house.token("taken", of: alice)
                let child = try await house.exchange(for: token)
                try await house.rotate(token, of: alice, at: .noon, previousEnds: .noon + .days(7))
                let scopes = try #require(Scopes(text: "git:read jeton:manage"))
                let address = try #require(AddressRange("10.0.0.0/8"))
                let changed = try await house.ledger.change(token.id, at: .noon) { token in
                    token.scopes = scopes
                    token.addresses = [address]
                    token.description = "For the nightly build"
                    token.expiresAt = .noon + .days(2)
                    return [.note(.tokenChanged)]
                }
                #expect(try await house.ledger.token(token.id) == changed)
                for record in try await house.loaded().records where record.id == token.id {
                    #expect(record.scopes == scopes && record.addresses == [address])
                    #expect(record.expiresAt == .noon + .days(2))
                }
                let narrowed = try #require(try await house.ledger.token(child.id))
                #expect(narrowed.scopes == scopes.withoutTheDesk && narrowed.addresses == [address])
                #expect(narrowed.expiresAt == .noon + .days(2))
                try await expect(.nameTaken, in: house) {
                    try await house.ledger.change(token.id, at: .noon) { token in
                        token.name = taken.name
                        return [.note(.tokenChanged)]
                    }
                }
                try await expect(.notActive, in: house) {
                    try await house.ledger.change(token.id, at: .noon) { _ throws(LedgerError) in
                        throw .notActive
                    }
                }
                let name = try TokenName("renamed")
                try await house.ledger.change(token.id, at: .noon) { token in
                    token.name = name
                    return [.note(.tokenChanged)]
                }
                try await house.token(of: alice)
                // Nothing to change, nothing to keep.
                let events = try await house.events().count
                try await house.ledger.change(token.id, at: .noon) { _ in [] }
                #expect(try await house.events().count == events)
            }
        }

        @Test("a token that may nothing at services any more has no children", arguments: Engine.all)
        func noService(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                let child = try await house.exchange(for: token)
                let scopes = try #require(Scopes(text: "jeton:manage"))
                try await house.ledger.change(token.id, at: .noon) { token in
                    token.scopes = scopes
                    return [.note(.tokenChanged)]
                }
                #expect(try await house.ledger.token(child.id)?.revocation?.reason == .withParent)
            }
        }
    }
}
