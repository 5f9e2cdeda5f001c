import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Uses") struct Uses {
        private func use(
            _ token: Token, at moment: Timestamp, count: Int = 1, service: String = "git",
            address: String = "192.0.2.1", client: String = "Git 2.39"
        ) -> Use {
            Use(
                secret: token.secret, service: service, address: address, client: client, lastAt: moment,
                count: count)
        }

        @Test(
            "counts add up by kind and day, and a late use moves no time back",
            arguments: Engine.all)
        func addUp(engine: Engine) async throws {
            try await engine.open { house in
                let token = try await house.token(of: try await house.person("alice"))
                let late = Timestamp.noon + .minutes(50)
                try await house.ledger.record([use(token, at: .noon - .days(1))])
                try await house.ledger.record([
                    use(token, at: late, count: 2), use(token, at: .noon, count: 3),
                ])
                try await house.ledger.record([use(token, at: .noon + .minutes(30), count: 5)])
                try await house.ledger.record([use(token, at: .noon, service: "maven")])
                try await house.ledger.record([])
                #expect(
                    try await house.ledger.uses(of: token.id, since: .noon - .days(1)) == [
                        use(token, at: late, count: 10), use(token, at: .noon, service: "maven"),
                        use(token, at: .noon - .days(1)),
                    ])
                let listed = try await house.ledger.tokens(TokenQuery(now: .noon))
                #expect(listed.first?.lastUse == use(token, at: late, count: 10))
            }
        }

        @Test("uses are listed from the start of the day, the latest first", arguments: Engine.all)
        func since(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let (token, other) = (
                    try await house.token("a", of: alice), try await house.token("b", of: alice)
                )
                let days = (0..<5).map { use(token, at: .noon - .days($0)) }
                try await house.ledger.record(days.reversed() + [use(other, at: .noon)])
                // A moment late on a day: that day counts from midnight.
                let since = Timestamp.noon - .days(2) + .hours(11)
                #expect(try await house.ledger.uses(of: token.id, since: since) == Array(days[0...2]))
                #expect(try await house.ledger.uses(of: token.id, since: .noon + .days(1)).isEmpty)
                #expect(try await house.ledger.uses(of: .next(at: .noon), since: .noon).isEmpty)
            }
        }

        @Test("who was at an address: people, and no service account", arguments: Engine.all)
        func people(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
                let ci = try await house.account("bot-ci", ServiceAccount(purpose: "", stewards: [alice.id]))
                let tokens = [
                    try await house.token("a", of: bob), try await house.token("b", of: ci),
                    try await house.token("c", of: alice),
                ]
                // From 192.0.2.1.
                _ = try await house.session(of: alice)
                try await house.ledger.record(
                    tokens.map { use($0, at: .noon) }
                        + [use(tokens[0], at: .noon - .days(3), address: "192.0.2.7")])
                try await house.ledger.record(passwordUses: [
                    PasswordUse(
                        subject: bob.id, service: "git", address: "192.0.2.8", client: "Git", lastAt: .noon,
                        count: 1)
                ])
                func found(_ addresses: [String], since: Timestamp = .noon - .days(30)) async throws
                    -> Set<PersonAtAddress>
                {
                    let found = try await house.ledger.people(at: addresses, since: since)
                    #expect(found.count == Set(found).count)
                    return Set(found)
                }
                let office = [
                    PersonAtAddress(address: "192.0.2.1", subject: alice.id, way: .session),
                    PersonAtAddress(address: "192.0.2.1", subject: alice.id, way: .token),
                    PersonAtAddress(address: "192.0.2.1", subject: bob.id, way: .token),
                ]
                let password = PersonAtAddress(address: "192.0.2.8", subject: bob.id, way: .password)
                let earlier = PersonAtAddress(address: "192.0.2.7", subject: bob.id, way: .token)
                #expect(try await found(["192.0.2.1"]) == Set(office))
                #expect(
                    try await found(["192.0.2.1", "192.0.2.7", "192.0.2.8", "192.0.2.9", ""])
                        == Set(office + [password, earlier]))
                #expect(try await found(["192.0.2.7"], since: .noon - .days(2)) == [])
                #expect(try await found(["192.0.2.1"], since: .noon + .days(1)) == [])
                #expect(try await found([]) == [])
                #expect(try await found((0..<30).map { "10.0.0.\($0)" }) == [])
            }
        }

        @Test("uses of an unknown token are dropped, and the others kept", arguments: Engine.all)
        func unknownToken(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                let unknown = try Token.made("gone", of: alice)
                try await house.ledger.record([use(unknown, at: .noon), use(token, at: .noon)])
                #expect(try await house.ledger.uses(of: unknown.id, since: .noon).isEmpty)
                #expect(try await house.ledger.uses(of: token.id, since: .noon).count == 1)
            }
        }

        @Test(
            "the rows of a day are limited; one row counts the rest, and the last use is exact",
            arguments: Engine.all)
        func bound(engine: Engine) async throws {
            try await engine.open { house in
                let token = try await house.token(of: try await house.person("alice"))
                let limit = LedgerLimits.usesPerTokenAndDay
                let uses = (0..<limit + 50).map { index in
                    use(token, at: .noon + .seconds(Int64(index)), count: 2, client: "client \(index)")
                }
                try await house.ledger.record(Array(uses[..<100]))
                try await house.ledger.record(Array(uses[100...]))
                let kept = try await house.ledger.uses(of: token.id, since: .noon)
                #expect(kept.count == limit)
                #expect(kept.map(\.count).reduce(0, +) == 2 * uses.count)
                let beyond = try #require(kept.first { $0.client.isEmpty })
                #expect([beyond.service, beyond.address] == ["", ""])
                #expect(beyond.count == 2 * 51)
                #expect(beyond.lastAt == uses[limit + 49].lastAt)
                // A use with its own row is still counted there, and another day has room.
                try await house.ledger.record([uses[0], use(token, at: .noon + .days(1))])
                let later = try await house.ledger.uses(of: token.id, since: .noon)
                #expect(later.first { $0.client == "client 0" }?.count == 4)
                #expect(later.count == limit + 1)
                let last = try #require(try await house.ledger.tokens(TokenQuery(now: .noon)).first?.lastUse)
                #expect(last == use(token, at: .noon + .days(1)))
            }
        }

        @Test("a use recorded while the clock was ahead is replaced by the next", arguments: Engine.all)
        func clockAhead(engine: Engine) async throws {
            try await engine.open { house in
                let token = try await house.token(of: try await house.person("alice"))
                func last() async throws -> Use? {
                    try await house.ledger.tokens(TokenQuery(now: .noon)).first?.lastUse
                }
                let ahead = use(token, at: .noon + .days(365))
                try await house.ledger.record([ahead])
                #expect(try await last() == ahead)
                try await house.ledger.record([use(token, at: .noon)])
                #expect(try await last() == use(token, at: .noon))
                // A use that is recorded after a later one does not mean that the clock was wrong.
                try await house.ledger.record([use(token, at: .noon - .minutes(2))])
                #expect(try await last()?.lastAt == .noon)
            }
        }

        @Test(
            "sweeping removes what is too old, and keeps the last use of a token",
            arguments: Engine.all)
        func sweep(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                let session = try await house.session(of: alice)
                let invitation = Invitation(digest: .fresh(), subject: alice.id, expiresAt: .noon)
                try await house.ledger.add(invitation)
                try await house.ledger.record([use(token, at: .noon)])
                let last = Timestamp.noon + .days(Int64(LedgerLimits.daysOfUses))
                try await house.ledger.sweep(at: last)
                #expect(try await house.ledger.uses(of: token.id, since: .noon).count == 1)
                #expect(try await house.ledger.session(session.digest) == session)
                #expect(try await house.ledger.invitation(invitation.digest) == invitation)
                try await house.ledger.sweep(at: last + .days(1))
                #expect(try await house.ledger.uses(of: token.id, since: .noon).isEmpty)
                #expect(try await house.ledger.session(session.digest) == nil)
                #expect(try await house.ledger.invitation(invitation.digest) == nil)
                let listed = try await house.ledger.tokens(TokenQuery(now: .noon))
                #expect(listed.first?.lastUse == use(token, at: .noon))
                #expect(try await house.events().count == 3)
            }
        }
    }
}
