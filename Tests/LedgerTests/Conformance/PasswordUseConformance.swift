import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Uses of passwords") struct PasswordUses {
        private func use(
            _ owner: Subject, at moment: Timestamp, count: Int = 1, service: String = "git",
            address: String = "192.0.2.1", client: String = "Git 2.39"
        ) -> ListedPasswordUse {
            ListedPasswordUse(
                use: PasswordUse(
                    subject: owner.id, service: service, address: address, client: client, lastAt: moment,
                    count: count), owner: owner)
        }

        @Test(
            "counts add up by kind over all days, the latest first, for everybody or one",
            arguments: Engine.all)
        func addUp(engine: Engine) async throws {
            try await engine.open { house in
                #expect(try await !house.ledger.hasPasswordUses())
                let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
                try await house.ledger.record(passwordUses: [
                    use(alice, at: .noon, count: 3).use, use(bob, at: .noon + .hours(1)).use,
                    use(alice, at: .noon - .days(1), count: 4).use,
                    use(alice, at: .noon - .days(2), service: "maven").use,
                ])
                try await house.ledger.record(passwordUses: [use(alice, at: .noon - .hours(1), count: 5).use])
                try await house.ledger.record(passwordUses: [])
                let mine = [
                    use(alice, at: .noon, count: 12), use(alice, at: .noon - .days(2), service: "maven"),
                ]
                let since = Timestamp.noon - .days(2)
                #expect(
                    try await house.ledger.passwordUses(of: nil, since: since)
                        == [use(bob, at: .noon + .hours(1))] + mine)
                #expect(try await house.ledger.passwordUses(of: alice.id, since: since) == mine)
                #expect(try await house.ledger.hasPasswordUses())
                // They are no uses of tokens, and only their count is kept.
                #expect(try await house.events().count == 2)
            }
        }

        @Test("are listed from the start of the day", arguments: Engine.all)
        func since(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                try await house.ledger.record(
                    passwordUses: (0..<5).map { use(alice, at: .noon - .days($0)).use })
                let since = Timestamp.noon - .days(2) + .hours(11)
                let notified = try await house.ledger.passwordUses(of: nil, since: since)
                #expect(notified == [use(alice, at: .noon, count: 3)])
                let later = try await house.ledger.passwordUses(of: nil, since: .noon + .days(1))
                #expect(later.isEmpty)
            }
        }

        @Test("those of an unknown subject are dropped, and the others kept", arguments: Engine.all)
        func unknown(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let gone = Subject(id: .next(at: .noon), login: try Login("gone"), createdAt: .noon)
                try await house.ledger.record(
                    passwordUses: [use(gone, at: .noon).use, use(alice, at: .noon).use])
                let notified = try await house.ledger.passwordUses(of: nil, since: .noon)
                #expect(notified == [use(alice, at: .noon)])
            }
        }

        @Test("the rows of a day are limited; one row counts the rest", arguments: Engine.all)
        func bound(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let limit = LedgerLimits.usesPerTokenAndDay
                let uses = (0..<limit + 50).map { index in
                    use(alice, at: .noon + .seconds(Int64(index)), count: 2, client: "client \(index)").use
                }
                try await house.ledger.record(passwordUses: uses)
                let kept = try await house.ledger.passwordUses(of: alice.id, since: .noon).map(\.use)
                #expect(kept.count == limit)
                #expect(kept.map(\.count).reduce(0, +) == 2 * uses.count)
                let beyond = try #require(kept.first { $0.client.isEmpty })
                #expect([beyond.service, beyond.address] == ["", ""])
                #expect(beyond.lastAt == uses[limit + 49].lastAt)
            }
        }

        @Test("sweeping removes those older than 90 days", arguments: Engine.all)
        func sweep(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                try await house.ledger.record(passwordUses: [use(alice, at: .noon).use])
                let last = Timestamp.noon + .days(Int64(LedgerLimits.daysOfUses))
                try await house.ledger.sweep(at: last)
                #expect(try await house.ledger.hasPasswordUses())
                try await house.ledger.sweep(at: last + .days(1))
                #expect(try await !house.ledger.hasPasswordUses())
            }
        }

        @Test("the observer is notified of a new password, however it is set", arguments: Engine.all)
        func notified(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                house.notified.forget()
                try await house.ledger.setPassword(
                    .one, of: alice.id, keeping: nil, event: .note(.passwordSet, about: alice))
                let invitation = Invitation(digest: .fresh(), subject: alice.id, expiresAt: .noon)
                try await house.ledger.add(invitation)
                try await house.ledger.accept(
                    invitation.digest, as: alice, password: .two, event: .note(.passwordSet, about: alice))
                let changed = house.notified.changes.compactMap { change in
                    if case .password(let id) = change { id } else { nil }
                }
                #expect(changed == [alice.id, alice.id])
                // Nor is it part of loading: nothing reads it there.
                #expect(try await house.loaded().subjects == [alice])
            }
        }
    }
}
