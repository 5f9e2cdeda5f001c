import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("History of uses") struct History {
        private func use(
            _ token: Token, at moment: Timestamp, count: Int = 1, service: String = "git",
            client: String = "Git 2.39"
        ) -> Use {
            Use(
                secret: token.secret, service: service, address: "192.0.2.1", client: client, lastAt: moment,
                count: count)
        }

        private func day(
            _ moment: Timestamp, _ count: Int, _ hours: [Int], at service: String = "git"
        ) -> UseDay {
            UseDay(
                day: moment.day, service: service, count: count,
                hours: UseHours(hours.map(UseHours.init(hour:))))
        }

        @Test("counts add up by service and day, and hours gather", arguments: Engine.all)
        func addUp(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token("a", of: alice)
                let other = try await house.token("b", of: alice)
                // 12:00 UTC. Clients are told apart by the uses, and not by the history.
                try await house.ledger.record([
                    use(token, at: .noon, count: 2), use(token, at: .noon + .minutes(59), client: "Git 2.47"),
                    use(token, at: .noon + .hours(11) + .minutes(59), count: 3), use(other, at: .noon),
                    use(token, at: .noon, count: 7, service: "maven"),
                ])
                try await house.ledger.record([use(token, at: .noon - .hours(12), count: 4)])
                try await house.ledger.record([use(token, at: .noon + .hours(12))])
                #expect(
                    try await house.ledger.history(of: token.id, since: .noon) == [
                        day(.noon, 10, [0, 12, 23]), day(.noon, 7, [12], at: "maven"),
                        day(.noon + .days(1), 1, [0]),
                    ])
                #expect(try await house.ledger.history(of: other.id, since: .noon) == [day(.noon, 1, [12])])
            }
        }

        @Test("the history begins with the day of the moment, the earliest first", arguments: Engine.all)
        func since(engine: Engine) async throws {
            try await engine.open { house in
                let token = try await house.token(of: try await house.person("alice"))
                for ago in [0, 1, 2, 3] as [Int64] {
                    try await house.ledger.record([use(token, at: .noon - .days(ago))])
                }
                let since = Timestamp.noon - .days(2) + .hours(11)
                #expect(
                    try await house.ledger.history(of: token.id, since: since).map(\.day)
                        == [2, 1, 0].map { Timestamp.noon.day - $0 })
                #expect(try await house.ledger.history(of: token.id, since: .noon + .days(1)).isEmpty)
                #expect(try await house.ledger.history(of: .next(at: .noon), since: .noon).isEmpty)
            }
        }

        @Test(
            "a token has the history of all its secrets, also under a new identifier", arguments: Engine.all)
        func rotated(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                try await house.ledger.record([use(token, at: .noon), use(token, at: .noon - .days(1))])
                let renamed = try await house.regenerate(
                    token, of: alice, at: .noon + .hours(1), oldEnds: .noon + .days(1))
                let rotated = try await house.rotate(
                    renamed, of: alice, at: .noon + .days(1), previousEnds: .noon + .days(2))
                try await house.ledger.record([
                    use(renamed, at: .noon + .hours(2), count: 5), use(rotated, at: .noon + .hours(3)),
                    use(rotated, at: .noon + .hours(3), service: "maven"),
                ])
                #expect(
                    try await house.ledger.history(of: rotated.id, since: .noon - .days(1)) == [
                        day(.noon - .days(1), 1, [12]), day(.noon, 7, [12, 14, 15]),
                        day(.noon, 1, [15], at: "maven"),
                    ])
            }
        }

        @Test("uses of an unknown token are dropped", arguments: Engine.all)
        func unknownToken(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let unknown = try Token.made("gone", of: alice)
                let token = try await house.token(of: alice)
                try await house.ledger.record([use(unknown, at: .noon), use(token, at: .noon)])
                #expect(try await house.ledger.history(of: unknown.id, since: .noon).isEmpty)
                #expect(try await house.ledger.history(of: token.id, since: .noon).count == 1)
            }
        }

        @Test(
            "the services of a day are limited; one row counts the rest", arguments: Engine.all)
        func bound(engine: Engine) async throws {
            try await engine.open { house in
                let token = try await house.token(of: try await house.person("alice"))
                let limit = LedgerLimits.servicesPerTokenAndDay
                let uses = (0..<limit + 10).map { index in
                    use(token, at: .noon + .hours(Int64(index % 3)), count: 2, service: "service \(index)")
                }
                try await house.ledger.record(Array(uses[..<7]))
                try await house.ledger.record(Array(uses[7...]))
                let kept = try await house.ledger.history(of: token.id, since: .noon)
                #expect(kept.count == limit)
                #expect(kept.map(\.count).reduce(0, +) == 2 * uses.count)
                #expect(kept.first == day(.noon, 2 * 11, [12, 13, 14], at: ""))
                #expect(kept.contains(day(.noon, 2, [12], at: "service \(limit - 2)")))
                // A service with its own row is still counted there, and another day has room.
                try await house.ledger.record([
                    uses[0], uses[limit + 5], use(token, at: .noon + .days(1), service: "service 100"),
                ])
                let later = try await house.ledger.history(of: token.id, since: .noon)
                #expect(later.count == limit + 1)
                #expect(later.first?.count == 2 * 12)
                #expect(later.contains(day(.noon, 4, [12], at: "service 0")))
                #expect(later.last == day(.noon + .days(1), 1, [12], at: "service 100"))
            }
        }

        @Test("sweeping removes what is older than a year, long after the uses", arguments: Engine.all)
        func sweep(engine: Engine) async throws {
            try await engine.open { house in
                let token = try await house.token(of: try await house.person("alice"))
                try await house.ledger.record([use(token, at: .noon)])
                let last = Timestamp.noon + .days(Int64(LedgerLimits.daysOfHistory))
                try await house.ledger.sweep(at: last)
                #expect(try await house.ledger.uses(of: token.id, since: .noon).isEmpty)
                #expect(try await house.ledger.history(of: token.id, since: .noon).count == 1)
                try await house.ledger.sweep(at: last + .days(1))
                #expect(try await house.ledger.history(of: token.id, since: .noon).isEmpty)
            }
        }
    }
}
