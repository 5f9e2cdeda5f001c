import HTTPServer
import JSON
import Ledger
import ProviderKit
import TestHouse
import Testing
import Tokens

@testable import SignIn

@Suite("Who may have an account", .timeLimit(.minutes(5)))
struct AccountRuleTests {
    private func provisionedOnly(_ body: (Trip) async throws -> Void) async throws {
        try await withTrip {
            $0.accounts = .provisioned
        } _: { (trip: Trip) async throws in
            trip.provider.behave { $0.passwords = ["alice": "hunter2"] }
            try await body(trip)
        }
    }

    private func password(_ trip: Trip) async throws -> PasswordOutcome {
        let check = PasswordCheck(.provider(trip.signIn), clock: trip.house.clock)
        let presented = try #require(PresentedPassword(login: "alice", password: "hunter2"))
        return await check.outcome(of: presented, from: nil)
    }

    @Test("with `provisioned` nobody gets one by signing in, nor by a password")
    func nobody() async throws {
        try await provisionedOnly { (trip: Trip) async throws in
            _ = try await trip.house.provision("bob", externalID: "bob-1")
            #expect(try await password(trip) == .wrong)
            let refusal = try await trip.refusal()
            #expect(refusal == .notProvisioned(try Login("alice")))
            #expect(refusal?.status == 403)
            #expect(refusal?.description.contains("“alice” has no account here") == true)
            #expect(refusal?.advice.contains("manage the identity provider") == true)
            let event = try await trip.house.ledger.events(about: nil, before: nil, limit: 1).first
            #expect(event?.detail == "not_provisioned: alice")
        }
    }

    @Test("with `provisioned` provisioned people sign in, by the browser and by a password")
    func provisioned() async throws {
        for login in ["alice", "a.doe"] {
            try await provisionedOnly { (trip: Trip) async throws in
                let known = try await trip.house.provision(login, externalID: "alice-1")
                if login == "alice" { #expect(try await password(trip) == .owner(known.id)) }
                for _ in 0..<2 { #expect(try await trip.go().subject.id == known.id) }
                // SCIM's login stays, and a password belongs to the owner's own login.
                #expect(try await password(trip) == (login == "alice" ? .owner(known.id) : .wrong))
            }
        }
    }

    @Test("with `provisioned` people who came before are refused until they are provisioned")
    func before() async throws {
        try await provisionedOnly { (trip: Trip) async throws in
            let now = trip.house.clock.now
            let alice = Subject(id: .make(at: now), login: try Login("alice"), createdAt: now)
            try await trip.house.ledger.add(
                alice, identity: Identity(issuer: trip.provider.issuer, name: "alice-1"),
                event: Event(.subjectAdded, at: now, actor: nil))
            await #expect(throws: OIDCFault.notProvisioned(alice.login)) { try await trip.go() }
            #expect(try await password(trip) == .wrong)
            trip.house.pass(.hours(1))
            try await trip.house.ledger.update(
                alice.id, at: 1,
                to: Provision(
                    login: alice.login, name: "Alice", email: nil, isActive: true, externalID: nil,
                    details: "{}"),
                events: [Event(.subjectChanged, at: now, actor: nil)])
            #expect(try await trip.go().subject.id == alice.id)
            #expect(try await password(trip) == .owner(alice.id))
        }
    }

    @Test("with `provisioned` a break-glass account that was joined before still signs in")
    func breakGlass() async throws {
        try await provisionedOnly { (trip: Trip) async throws in
            let now = trip.house.clock.now
            let root = Subject(
                id: .make(at: now), login: try Login("alice"), createdAt: now, isBreakGlass: true)
            try await trip.house.ledger.add(
                root, identity: Identity(issuer: trip.provider.issuer, name: "alice-1"),
                event: Event(.subjectAdded, at: now, actor: nil))
            #expect(try await trip.go().subject.id == root.id)
        }
    }

    @Test("an account that SCIM does not know is reported to the administrator, where SCIM is in use")
    func told() async throws {
        func told(_ trip: Trip) async throws -> [String] {
            try await trip.house.ledger.events(about: nil, before: nil, limit: 99)
                .filter { $0.kind == .subjectNotProvisioned }.map(\.detail)
        }
        try await withTrip { (trip: Trip) async throws in
            try await trip.go()
            #expect(try await told(trip).isEmpty)
            #expect(trip.warnings.isEmpty)
            #expect(try await trip.house.ledger.unprovisionedPeople().isEmpty)
        }
        try await withTrip { (trip: Trip) async throws in
            let bob = try await trip.house.provision("bob")
            for _ in 0..<2 { try await trip.go() }
            let alice = try await trip.go().subject
            #expect(try await told(trip) == ["alice"])
            #expect(trip.warnings.count == 1)
            #expect(trip.warnings.first?.contains("“alice” signed in") == true)
            #expect(try await trip.house.ledger.unprovisionedPeople() == [alice.id])
            // After the account was deleted, no provisioned person is left.
            try await trip.house.ledger.end(
                bob.id, at: nil, event: Event(.subjectEnded, at: trip.house.clock.now, actor: nil))
            #expect(try await trip.house.ledger.unprovisionedPeople().isEmpty)
        }
        try await withTrip { (trip: Trip) async throws in
            _ = try await trip.house.provision("alice", externalID: "alice-1")
            try await trip.go()
            #expect(try await told(trip).isEmpty)
            #expect(trip.warnings.isEmpty)
        }
    }
}
