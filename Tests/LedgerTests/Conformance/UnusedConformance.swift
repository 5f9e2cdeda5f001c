import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Tokens that nobody uses") struct Unused {
        @Test(
            "a list of them leaves out what was used, rotated or resumed since, and what goes with another",
            arguments: Engine.all)
        func list(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                func use(_ token: Token, at moment: Timestamp) async throws {
                    try await house.ledger.record([
                        Use(
                            secret: token.secret, service: "git", address: "", client: "", lastAt: moment,
                            count: 1, access: .read)
                    ])
                }
                let since = Timestamp.noon + .days(10)
                let later = since + .seconds(1)
                let never = try await house.token("never", of: alice)
                let early = try await house.token("early", of: alice)
                try await use(early, at: since)
                let late = try await house.token("late", of: alice)
                try await use(late, at: later)
                _ = try await house.token("new", of: alice, at: later)
                let rotated = try await house.token("rotated", of: alice)
                try await house.rotate(rotated, of: alice, at: later, previousEnds: later)
                let parent = try await house.token("parent", of: alice)
                let child = try await house.exchange(for: parent)
                let resumed = try await house.token("resumed", of: alice)
                try await house.ledger.change(resumed.id, at: later) { token in
                    token.resumedAt = later
                    return [.note(.tokenResumed)]
                }
                #expect(try await house.ledger.token(resumed.id)?.resumedAt == later)

                func unused() async throws -> Set<TokenID> {
                    var query = TokenQuery(states: Token.State.working, now: since + .days(1))
                    query.unusedSince = since
                    return Set(try await house.ledger.tokens(query).map(\.token.id))
                }
                #expect(try await unused() == [never.id, early.id, parent.id])
                try await use(child, at: later)
                #expect(try await unused() == [never.id, early.id])
            }
        }
    }
}
