import Ledger
import Sodium
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Regenerated tokens") struct Replace {
        @Test("replaced now, the old token is revoked as regenerated", arguments: Engine.all)
        func now(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let old = try await house.token(of: alice, expires: .noon + .days(1))
                house.told.forget()
                let moment = Timestamp.noon + .hours(1)
                let new = try await house.regenerate(old, of: alice, at: moment, oldEnds: moment)
                var ended = old
                ended.revocation = Token.Revocation(at: moment, by: alice.id, reason: .regenerated)
                ended.successor = new.id
                #expect(try await house.ledger.token(old.id) == ended)
                #expect(try await house.ledger.token(new.id) == new)
                #expect(house.told.tokens == [ended, new])
                #expect(Set(house.told.changes.compactMap(\.digest)).count == 2)
                #expect(
                    try await house.events().first?.kind == .tokenRegenerated)
                try await expect(.notActive, in: house) {
                    try await house.regenerate(old, of: alice, at: moment, oldEnds: moment)
                }
            }
        }

        @Test(
            "replaced later, the old token ends then, or by its own expiry where that is sooner",
            arguments: Engine.all, [nil, TimeSpan.hours(3), .hours(48)] as [TimeSpan?])
        func later(engine: Engine, own: TimeSpan?) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let old = try await house.token(of: alice, expires: own.map { .noon + $0 })
                house.told.forget()
                let new = try await house.regenerate(
                    old, of: alice, at: .noon + .hours(1), oldEnds: .noon + .hours(25))
                var ending = old
                ending.expiresAt = .noon + min(own ?? .hours(25), .hours(25))
                ending.successor = new.id
                #expect(try await house.ledger.token(old.id) == ending)
                #expect(house.told.tokens == [ending, new])
            }
        }

        @Test("only the last of a chain can be replaced, while it is live", arguments: Engine.all)
        func chain(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                var chain = [try await house.token(of: alice)]
                for hour in 1...3 {
                    chain.append(
                        try await house.regenerate(
                            chain[hour - 1], of: alice, at: .noon + .hours(Int64(hour)),
                            oldEnds: .noon + .days(7)))
                }
                for old in chain.dropLast() {
                    try await expect(.notActive, in: house) {
                        try await house.regenerate(
                            old, of: alice, at: .noon + .hours(4), oldEnds: .noon + .days(7))
                    }
                }
                // All still work.
                let query = TokenQuery(states: [.active], now: .noon + .hours(4))
                #expect(try await house.ledger.tokens(query).map(\.token.id) == chain.map(\.id).reversed())
                // Revoking a superseded one ends that alone.
                try await house.revoke(chain[0], at: .noon + .hours(4))
                #expect(try await house.ledger.tokens(query).count == 3)
                #expect(try await house.ledger.token(chain[0].id)?.successor == chain[1].id)
            }
        }

        @Test("what is revoked, expired, unknown or another's is not replaced", arguments: Engine.all)
        func notActive(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
                let moment = Timestamp.noon + .hours(1)
                func regenerate(_ old: Token, of owner: Subject) async throws {
                    try await house.regenerate(old, of: owner, at: moment, oldEnds: moment)
                }
                let revoked = try await house.token("revoked", of: alice)
                try await house.revoke(revoked, at: moment)
                let expired = try await house.token("expired", of: alice, expires: moment)
                for token in [revoked, expired] {
                    try await expect(.notActive, in: house) { try await regenerate(token, of: alice) }
                }
                let active = try await house.token("live", of: alice)
                try await expect(.noSuchToken, in: house) { try await regenerate(active, of: bob) }
                let unknown = try Token.made("unknown", of: alice)
                try await expect(.noSuchToken, in: house) { try await regenerate(unknown, of: alice) }
            }
        }

        @Test(
            "a new name is allowed, where it is free; a refusal leaves the old token whole",
            arguments: Engine.all)
        func rename(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let old = try await house.token("old", of: alice)
                try await house.token("taken", of: alice)
                func rename(to name: String) async throws {
                    let token = try Token.made(name, of: alice)
                    try await house.ledger.replace(
                        old.id, with: token, digest: .fresh(), oldEnds: .noon, event: .created(token))
                }
                try await expect(.nameTaken, in: house) { try await rename(to: "Taken") }
                #expect(try await house.ledger.token(old.id) == old)
                try await rename(to: "new")
                try await house.token("old", of: alice)
            }
        }

        @Test("of 16 that replace one token at once exactly one does", arguments: Engine.all)
        func oneWinner(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let old = try await house.token(of: alice)
                let successors = await withTaskGroup(of: Token?.self) { group in
                    for _ in 0..<16 {
                        group.addTask {
                            try? await house.regenerate(old, of: alice, at: .noon, oldEnds: .noon + .days(1))
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
                }
                #expect(successors.count == 1)
                #expect(try await house.ledger.token(old.id)?.successor == successors.first?.id)
            }
        }
    }
}
