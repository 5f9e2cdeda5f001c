import Ledger
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Sign-ins that are demanded") struct SignInDemands {
        @Test(
            "a session through the provider moves the last sign-in, back only where a clock was ahead; a password does not",
            arguments: Engine.all)
        func lastSignIn(engine: Engine) async throws {
            try await engine.open { house in
                var alice = try await house.person("alice")
                house.told.forget()
                _ = try await house.session(of: alice, at: .noon + .days(1), providerSession: nil)
                #expect(try await house.ledger.subject(alice.id)?.lastSignInAt == nil)
                #expect(house.told.changes.isEmpty)
                _ = try await house.session(of: alice, at: .noon + .days(3), providerSession: "")
                alice.lastSignInAt = .noon + .days(3)
                #expect(try await house.ledger.subject(alice.id) == alice)
                #expect(house.told.subjects == [alice])
                let late = Timestamp.noon + .days(3) - .seconds(30)
                _ = try await house.session(of: alice, at: late, providerSession: "s-1")
                #expect(try await house.ledger.subject(alice.id) == alice)
                #expect(house.told.subjects.last == alice)
                _ = try await house.session(of: alice, at: .noon + .days(2), providerSession: "s-2")
                alice.lastSignInAt = .noon + .days(2)
                #expect(try await house.ledger.subject(alice.id) == alice)
                #expect(house.told.subjects.last == alice)
            }
        }

        @Test("a change of the subject does not move the last sign-in", arguments: Engine.all)
        func update(engine: Engine) async throws {
            try await engine.open { house in
                let known = Subject(
                    id: .next(at: .noon), login: try Login("alice"), createdAt: .noon, lastSignInAt: .noon)
                try await house.ledger.add(known, event: .note(.subjectAdded))
                #expect(try await house.ledger.subject(known.id) == known)
                _ = try await house.session(of: known, at: .noon + .days(9), providerSession: "")
                // As somebody holds it who read it before.
                var stale = known
                stale.suspendedAt = .noon + .days(9)
                try await house.ledger.update(stale, event: .note(.subjectSuspended))
                stale.lastSignInAt = .noon + .days(9)
                #expect(try await house.ledger.subject(known.id) == stale)
                #expect(house.told.subjects.last == stale)
            }
        }

        @Test("a demand is kept with its event, told, and handed over at the start", arguments: Engine.all)
        func policy(engine: Engine) async throws {
            try await engine.open { (house) async throws in
                func settle(_ every: TimeSpan?, at moment: Timestamp) async throws -> SignInPolicy? {
                    try await house.ledger.setSignInPolicy(
                        every: every, event: .note(.signInPolicyChanged, at: moment))
                }
                #expect(try await house.ledger.signInPolicy() == nil)
                #expect(try await settle(nil, at: .noon) == nil)
                #expect(try await house.events().isEmpty)
                #expect(house.told.changes.isEmpty)

                let monthly = SignInPolicy(every: .days(30), since: .noon)
                #expect(try await settle(.days(30), at: .noon) == monthly)
                #expect(try await house.ledger.signInPolicy() == monthly)
                #expect(try await house.events().map(\.kind) == [.signInPolicyChanged])
                #expect(house.told.demands == [monthly])
                #expect(try await house.loaded().policy == monthly)

                // As at the next start: nothing changes, so nothing is written.
                #expect(try await settle(.days(30), at: .noon + .days(1)) == monthly)
                #expect(try await house.events().count == 1)
                #expect(house.told.demands == [monthly])

                let weekly = SignInPolicy(every: .days(7), since: .noon + .days(2))
                #expect(try await settle(.days(7), at: .noon + .days(2)) == weekly)
                #expect(try await settle(nil, at: .noon + .days(3)) == nil)
                #expect(try await house.ledger.signInPolicy() == nil)
                #expect(house.told.demands == [monthly, weekly, nil])
                #expect(try await house.events().count == 3)
            }
        }
    }
}
