import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Rotated tokens") struct Rotate {
        @Test(
            "without an overlap the previous secret is revoked, and the token keeps its identifier",
            arguments: Engine.all)
        func now(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice, expires: .noon + .days(1))
                house.notified.forget()
                let moment = Timestamp.noon + .hours(1)
                let digest = TokenDigest.fresh()
                let rotated = try await house.rotate(
                    token, of: alice, at: moment, previousEnds: moment, digest: digest)
                #expect(rotated.id == token.id && rotated.secret != token.secret)
                #expect(rotated.createdAt == token.createdAt && rotated.rotatedAt == moment)
                #expect(try await house.ledger.token(token.id) == rotated)
                let found = try #require(try await house.ledger.token(digest))
                #expect(found.token == rotated && found.secret == rotated.secret)
                let ended = TokenRecord(
                    id: token.id, secret: token.secret, isPrevious: true, owner: alice.id,
                    scopes: .everyService, addresses: [], createdAt: .noon, expiresAt: .noon + .days(1),
                    isRevoked: true)
                #expect(house.notified.records == [ended, rotated.record])
                #expect(try await house.ledger.previousSecrets(of: token.id, at: moment).isEmpty)
                #expect(try await house.events().first?.kind == .tokenRotated)
                #expect(Set(try await house.loaded().records) == [ended, rotated.record])
            }
        }

        @Test(
            "with an overlap the previous secret expires at its end, or earlier by the token's expiry",
            arguments: Engine.all, [nil, TimeSpan.hours(3), .hours(48)] as [TimeSpan?])
        func later(engine: Engine, own: TimeSpan?) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice, expires: own.map { .noon + $0 })
                house.notified.forget()
                let moment = Timestamp.noon + .hours(1)
                let rotated = try await house.rotate(
                    token, of: alice, at: moment, previousEnds: .noon + .hours(25), whenMoved: true)
                let end = Timestamp.noon + min(own ?? .hours(25), .hours(25))
                let previous = PreviousSecret(
                    id: token.secret, createdAt: .noon, replacedAt: moment, endsAt: end, endsWhenMoved: true)
                #expect(try await house.ledger.previousSecrets(of: token.id, at: moment) == [previous])
                #expect(try await house.ledger.previousSecrets(of: token.id, at: end).isEmpty)
                #expect(try await house.ledger.tokensThatMove(at: moment) == [token.id])
                #expect(try await house.ledger.tokensThatMove(at: end).isEmpty)
                #expect(house.notified.records.map(\.expiresAt) == [end, rotated.expiresAt])
                #expect(house.notified.records.map(\.isPrevious) == [true, false])
                // Of one token there is one row.
                let query = TokenQuery(states: [.active], now: moment)
                #expect(try await house.ledger.tokens(query).map(\.token) == [rotated])
            }
        }

        @Test("a token is not rotated while its previous secret works", arguments: Engine.all)
        func beingRotated(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                let end = Timestamp.noon + .hours(2)
                let rotated = try await house.rotate(
                    token, of: alice, at: .noon + .hours(1), previousEnds: end)
                try await expect(.beingRotated, in: house) {
                    try await house.rotate(rotated, of: alice, at: end - .seconds(1), previousEnds: end)
                }
                try await house.rotate(rotated, of: alice, at: end, previousEnds: end)
            }
        }

        @Test("ending the previous secret ends nothing else, once", arguments: Engine.all)
        func end(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                let child = try await house.exchange(for: token)
                let rotated = try await house.rotate(
                    token, of: alice, at: .noon, previousEnds: .noon + .days(7))
                let newChild = try await house.exchange(for: rotated, device: "2")
                func end(_ secret: SecretID) async throws -> Bool {
                    try await house.ledger.end(
                        secret, .init(at: .noon, by: alice.id, reason: .rotated),
                        event: .note(.secretEnded, about: alice))
                }
                try await expect(.noSuchToken, in: house) { _ = try await end(rotated.secret) }
                try await expect(.noSuchToken, in: house) { _ = try await end(.next(at: .noon)) }
                #expect(try await end(token.secret))
                #expect(try await house.ledger.token(token.id) == rotated)
                #expect(try await house.ledger.token(child.id)?.revocation?.reason == .withParent)
                #expect(try await house.ledger.token(newChild.id)?.revocation == nil)
                let events = try await house.events().count
                #expect(try await !end(token.secret))
                #expect(try await house.events().count == events)
            }
        }

        @Test(
            "revoking a token revokes all its secrets and all that was exchanged for them",
            arguments: Engine.all)
        func revoke(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                let child = try await house.exchange(for: token)
                let rotated = try await house.rotate(
                    token, of: alice, at: .noon, previousEnds: .noon + .days(7))
                let newChild = try await house.exchange(for: rotated, device: "2")
                try await house.revoke(rotated)
                #expect(Set(try await house.loaded().records.map(\.isRevoked)) == [true])
                for id in [child.id, newChild.id] {
                    #expect(try await house.ledger.token(id)?.revocation?.reason == .withParent)
                }
            }
        }

        @Test("what was revoked in one moment is known together", arguments: Engine.all)
        func endedTogether(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                let former = try await house.rotate(token, of: alice, at: .noon, previousEnds: .noon)
                let child = try await house.exchange(for: former)
                let gone = try await house.exchange(for: former, device: "gone")
                try await house.revoke(gone, at: .noon + .hours(1))
                let current = try await house.rotate(
                    former, of: alice, at: .noon + .hours(2), previousEnds: .noon + .days(7))
                let newChild = try await house.exchange(for: current, device: "2", at: .noon + .hours(2))
                #expect(try await house.ledger.ended(with: token.id) == nil)
                try await house.revoke(current, at: .noon + .hours(3))
                let ended = try #require(try await house.ledger.ended(with: token.id))
                #expect(ended.secrets == 2)
                #expect(ended.exchanged.map(\.id) == [child.id, newChild.id])
                #expect(try await house.ledger.ended(with: gone.id) == EndedTogether(secrets: 1))
                #expect(try await house.ledger.ended(with: .next(at: .noon)) == nil)
            }
        }

        @Test("a token that has ended while an earlier secret works is found", arguments: Engine.all)
        func partlyEnded(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let bob = try await house.person("bob")
                let end = Timestamp.noon + .hours(2)
                for (index, owner) in [alice, bob].enumerated() {
                    let whole = try await house.token("whole \(index)", of: owner)
                    try await house.rotate(whole, of: owner, at: .noon, previousEnds: end)
                }
                let token = try await house.token("partly", of: alice)
                let rotated = try await house.rotate(
                    token, of: alice, at: .noon, previousEnds: end, expires: .noon + .hours(1))
                func found(_ owner: Subject, at moment: Timestamp) async throws -> [Token] {
                    try await house.ledger.partlyEnded(of: owner.id, at: moment)
                }
                #expect(try await found(alice, at: .noon).isEmpty)
                #expect(try await found(alice, at: .noon + .hours(1)) == [rotated])
                #expect(try await found(alice, at: end).isEmpty)
                #expect(try await found(bob, at: .noon + .hours(1)).isEmpty)
            }
        }

        @Test("only the current secret is exchanged", arguments: Engine.all)
        func exchange(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                let rotated = try await house.rotate(
                    token, of: alice, at: .noon, previousEnds: .noon + .days(7))
                try await expect(.notActive, in: house) { try await house.exchange(for: token) }
                try await house.exchange(for: rotated)
            }
        }

        @Test(
            "a renamed token is found by its former identifiers, which rotate nothing", arguments: Engine.all)
        func aliases(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                var chain = [try await house.token(of: alice)]
                for hour in 1...3 {
                    let moment = Timestamp.noon + .hours(Int64(hour))
                    chain.append(
                        try await house.regenerate(chain[hour - 1], of: alice, at: moment, oldEnds: moment))
                }
                let token = try #require(chain.last)
                #expect(token.id == token.secret.alias && token.createdAt == .noon)
                for old in chain {
                    #expect(try await house.ledger.token(old.id) == token)
                    #expect(try await house.ledger.uses(of: old.id, since: .noon).isEmpty)
                }
                for old in chain.dropLast() {
                    try await expect(.notActive, in: house) {
                        try await house.regenerate(old, of: alice, at: .noon + .hours(4), oldEnds: .noon)
                    }
                }
                #expect(Set(try await house.loaded().records.map(\.id)) == [token.id])
                // A token that was renamed is rotated under its new identifier.
                let rotated = try await house.rotate(
                    token, of: alice, at: .noon + .hours(5), previousEnds: .noon + .hours(6))
                #expect(rotated.id == token.id)
                #expect(try await house.ledger.token(chain[0].id) == rotated)
            }
        }

        @Test(
            "uses of each secret are told apart, and the token has the latest of all", arguments: Engine.all)
        func uses(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                func use(_ secret: SecretID, at moment: Timestamp) -> Use {
                    Use(
                        secret: secret, service: "git", address: "192.0.2.1", client: "Git 2.39",
                        lastAt: moment,
                        count: 1)
                }
                let before = use(token.secret, at: .noon)
                try await house.ledger.record([before])
                let renamed = try await house.regenerate(
                    token, of: alice, at: .noon + .hours(1), oldEnds: .noon + .days(1))
                #expect(try await house.ledger.lastUse(of: renamed)?.lastAt == .noon)
                let (current, previous) = (
                    use(renamed.secret, at: .noon + .hours(2)), use(token.secret, at: .noon + .hours(3))
                )
                try await house.ledger.record([current, previous])
                #expect(try await house.ledger.lastUse(of: renamed)?.lastAt == previous.lastAt)
                let told = try await house.ledger.uses(of: renamed.id, since: .noon)
                #expect(told.map(\.secret) == [token.secret, renamed.secret])
                #expect(told.map(\.count) == [2, 1])
                let hours: UseHours = [UseHours(hour: 12), UseHours(hour: 14), UseHours(hour: 15)]
                #expect(
                    try await house.ledger.history(of: renamed.id, since: .noon)
                        == [UseDay(day: Timestamp.noon.day, service: "git", count: 3, hours: hours)])
            }
        }

        @Test("a revoked, expired, unknown or exchanged token is not rotated", arguments: Engine.all)
        func notActive(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let moment = Timestamp.noon + .hours(1)
                func rotate(_ token: Token) async throws {
                    try await house.rotate(token, of: alice, at: moment, previousEnds: moment)
                }
                let revoked = try await house.token("revoked", of: alice)
                try await house.revoke(revoked, at: moment)
                let expired = try await house.token("expired", of: alice, expires: moment)
                let child = try await house.exchange(for: try await house.token("parent", of: alice))
                for token in [revoked, expired, child] {
                    try await expect(.notActive, in: house) { try await rotate(token) }
                }
                let unknown = try Token.made("unknown", of: alice)
                try await expect(.noSuchToken, in: house) { try await rotate(unknown) }
            }
        }

        @Test("of 16 simultaneous rotations of a token exactly one succeeds", arguments: Engine.all)
        func oneWinner(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                let winners = await withTaskGroup(of: Token?.self) { group in
                    for _ in 0..<16 {
                        group.addTask {
                            try? await house.rotate(
                                token, of: alice, at: .noon, previousEnds: .noon + .days(1))
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
                }
                #expect(winners.count == 1)
                #expect(try await house.ledger.token(token.id) == winners.first)
            }
        }
    }
}
