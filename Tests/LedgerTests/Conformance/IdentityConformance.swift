import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Identities") struct Identities {
        private let one = Identity(issuer: "https://id.example", name: "00u1")

        @Test("a subject is found by issuer and name, both compared byte by byte", arguments: Engine.all)
        func found(engine: Engine) async throws {
            try await engine.open { house in
                let alice = Subject(id: .next(at: .noon), login: try Login("alice"), createdAt: .noon)
                try await house.ledger.add(
                    alice, identity: one, event: .note(.subjectAdded, about: alice))
                #expect(try await house.ledger.subject(of: one) == alice)
                #expect(house.notified.subjects == [alice])
                #expect(try await house.events().map(\.kind) == [.subjectAdded])
                for other in [
                    Identity(issuer: "https://id.example/", name: "00u1"),
                    Identity(issuer: "https://id.example", name: "00U1"),
                    Identity(issuer: "", name: ""),
                    Identity(issuer: "https://id.example", name: "00u1\u{301}"),
                ] {
                    #expect(try await house.ledger.subject(of: other) == nil)
                }
            }
        }

        @Test("an identity belongs to one subject, and a refusal changes nothing", arguments: Engine.all)
        func taken(engine: Engine) async throws {
            try await engine.open { house in
                let alice = Subject(id: .next(at: .noon), login: try Login("alice"), createdAt: .noon)
                try await house.ledger.add(alice, identity: one, event: .note(.subjectAdded))
                let second = Subject(id: .next(at: .noon), login: try Login("alice2"), createdAt: .noon)
                try await expect(.identityTaken, in: house) {
                    try await house.ledger.add(second, identity: one, event: .note(.subjectAdded))
                }
                let same = Subject(id: .next(at: .noon), login: try Login("ALICE"), createdAt: .noon)
                let two = Identity(issuer: one.issuer, name: "00u2")
                try await expect(.loginTaken, in: house) {
                    try await house.ledger.add(same, identity: two, event: .note(.subjectAdded))
                }
                #expect(try await house.ledger.subject(of: two) == nil)
                #expect(try await house.ledger.subjects(matching: nil) == [alice])
            }
        }

        @Test("a profile lifts no suspension", arguments: Engine.all)
        func profile(engine: Engine) async throws {
            try await engine.open { house in
                var alice = Subject(
                    id: .next(at: .noon), login: try Login("alice"), suspendedAt: .noon, createdAt: .noon,
                    isBreakGlass: true)
                try await house.ledger.add(alice, identity: one, event: .note(.subjectAdded))
                try await house.person("bob")
                let profile = Profile(
                    login: try Login("Alicia"), name: "A.", email: "a@example.com", groups: ["x"],
                    isAdministrator: true)
                let notified = try await house.ledger.update(
                    alice.id, to: profile, event: .note(.subjectChanged))
                (alice.login, alice.name, alice.email) = (profile.login, "A.", "a@example.com")
                (alice.groups, alice.isAdministrator) = (["x"], true)
                #expect(notified == alice)
                #expect(try await house.ledger.subject(of: one) == alice)
                #expect(house.notified.subjects.last == alice)
                var taken = profile
                taken.login = try Login("BOB")
                let asBob = taken
                try await expect(.loginTaken, in: house) {
                    try await house.ledger.update(alice.id, to: asBob, event: .note(.subjectChanged))
                }
                taken.login = try Login("nobody")
                let asNobody = taken
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.update(
                        .next(at: .noon), to: asNobody, event: .note(.subjectChanged))
                }
            }
        }

        @Test("sessions are found by the provider's name for them", arguments: Engine.all)
        func sessions(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                func add(_ name: String?) async throws -> Session {
                    try await house.session(of: alice, providerSession: name)
                }
                let named = try await add("s-1")
                _ = try await add("s-2")
                let nameless = try await add("")
                let local = try await add(nil)
                #expect(try await house.ledger.sessions(providerSession: "s-1") == [named])
                #expect(try await house.ledger.sessions(providerSession: "s-3").isEmpty)
                #expect(try await house.ledger.sessions(providerSession: "").isEmpty)
                #expect(try await house.ledger.session(nameless.digest) == nameless)
                #expect(try await house.ledger.session(local.digest)?.providerSession == nil)
            }
        }
    }
}
