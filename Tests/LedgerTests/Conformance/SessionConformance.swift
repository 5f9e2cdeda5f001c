import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Sessions") struct Sessions {
        @Test("a session is read as it was written, until it ends", arguments: Engine.all)
        func life(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let session = try await house.session(of: alice)
                #expect(try await house.ledger.session(session.digest) == session)
                #expect(try await house.ledger.session(.fresh()) == nil)
                let out = Event.note(.signedOut, at: .noon + .hours(1), about: alice)
                try await house.ledger.end(session.id, event: out)
                #expect(try await house.ledger.session(session.digest) == nil)
                #expect(try await house.events().first == out)
                #expect(try await house.events().count == 3)
                try await house.ledger.end(session.id, event: .note(.signedOut, about: alice))
                #expect(try await house.events().count == 3)
            }
        }

        @Test(
            "the latest seen comes first, and that time moves back only where the clock was ahead",
            arguments: Engine.all)
        func touch(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let first = try await house.session(of: alice)
                let second = try await house.session(of: alice, at: .noon + .hours(1))
                #expect(try await house.ledger.sessions(of: alice.id).map(\.id) == [second.id, first.id])
                try await house.ledger.touch(first.id, at: .noon + .hours(2))
                try await house.ledger.touch(first.id, at: .noon + .minutes(119))
                try await house.ledger.touch(.next(at: .noon), at: .noon)
                var seen = first
                seen.lastSeenAt = .noon + .hours(2)
                #expect(try await house.ledger.sessions(of: alice.id) == [seen, second])
                try await house.ledger.touch(first.id, at: .noon + .minutes(70))
                seen.lastSeenAt = .noon + .minutes(70)
                #expect(try await house.ledger.sessions(of: alice.id) == [seen, second])
            }
        }

        @Test("all of a subject's sessions end but the one kept", arguments: Engine.all, [true, false])
        func endAll(engine: Engine, keeps: Bool) async throws {
            try await engine.open { house in
                let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
                let (one, two) = (try await house.session(of: alice), try await house.session(of: alice))
                let other = try await house.session(of: bob)
                try await house.ledger.endSessions(
                    of: alice.id, keeping: keeps ? one.id : nil,
                    event: .note(.signedOutEverywhere, about: alice))
                #expect(try await house.ledger.session(one.digest) == (keeps ? one : nil))
                #expect(try await house.ledger.session(two.digest) == nil)
                #expect(try await house.ledger.session(other.digest) == other)
                #expect(try await house.events().contains { $0.kind == .signedOutEverywhere })
            }
        }

        @Test(
            "a sign-in fails where the password was changed or the subject suspended in the meantime",
            arguments: Engine.all)
        func meanwhile(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                func begin(by password: PasswordHash?) async throws -> SHA256Digest {
                    try await house.session(of: alice, by: password).digest
                }
                func set(_ hash: PasswordHash, replacing old: PasswordHash? = nil) async throws {
                    try await house.ledger.setPassword(
                        hash, of: alice.id, replacing: old, keeping: nil,
                        event: .note(.passwordSet, about: alice))
                }
                try await expect(.changedMeanwhile, in: house) { _ = try await begin(by: .one) }
                try await set(.one)
                let first = try await begin(by: .one)
                try await set(.two)
                #expect(try await house.ledger.session(first) == nil)
                try await expect(.changedMeanwhile, in: house) { _ = try await begin(by: .one) }
                try await expect(.changedMeanwhile, in: house) { try await set(.one, replacing: .one) }
                #expect(try await house.ledger.passwordHash(of: alice.id) == .two)
                let second = try await begin(by: .two)
                // Its sessions end with the same change, and do not return when the suspension is lifted.
                try await house.ledger.suspend(
                    alice.id, since: .noon, event: .note(.subjectSuspended, about: alice))
                for password in [PasswordHash.two, nil] {
                    try await expect(.changedMeanwhile, in: house) { _ = try await begin(by: password) }
                }
                try await house.ledger.suspend(
                    alice.id, since: nil, event: .note(.subjectResumed, about: alice))
                #expect(try await house.ledger.session(second) == nil)
                _ = try await begin(by: .two)
                try await set(.one, replacing: .two)
                #expect(try await house.ledger.sessions(of: alice.id) == [])
            }
        }
    }
}
