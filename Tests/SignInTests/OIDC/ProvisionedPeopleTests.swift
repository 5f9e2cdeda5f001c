import Foundation
import HTTPServer
import JSON
import Ledger
import ProviderKit
import SQLite
import TestHouse
import Testing
import Tokens

@testable import SignIn

/// The provider signs in `alice`, whose `sub` is `alice-1`.
@Suite("A provisioned person who may not sign in", .timeLimit(.minutes(5)))
struct ProvisionedPeopleTests {
    /// Who is provisioned, and the result of a sign-in: the reason's name, or `nil` for an account that is joined.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let expected: String?
        let provision: @Sendable (Trip) async throws -> Void

        init(
            _ name: String, _ expected: String?, _ provision: @escaping @Sendable (Trip) async throws -> Void
        ) {
            testDescription = name
            self.expected = expected
            self.provision = provision
        }
    }

    static let rows: [Row] = [
        Row("deactivated, found by externalId, with another login", "suspended") {
            _ = try await $0.house.provision("a.doe", externalID: "alice-1", active: false)
        },
        Row("suspended, found by externalId, with another login", "suspended") {
            try await $0.house.suspend(try await $0.house.provision("a.doe", externalID: "alice-1"))
        },
        Row("deactivated, found by externalId, with the same login", "suspended") {
            _ = try await $0.house.provision("alice", externalID: "alice-1", active: false)
        },
        Row("deactivated, found by the login alone", "suspended") {
            _ = try await $0.house.provision("ALICE", active: false)
        },
        Row("suspended, found by the login, with another externalId", "suspended") {
            try await $0.house.suspend(try await $0.house.provision("alice", externalID: "other"))
        },
        Row("found by externalId, with another identity that has not signed in since", nil) {
            try await $0.join("former", to: try await $0.house.provision("a.doe", externalID: "alice-1"))
        },
        Row("found by externalId, with another identity that has signed in since", "login_taken") {
            let person = try await $0.house.provision("a.doe", externalID: "alice-1")
            try await $0.join("former", to: person)
            $0.house.pass(.seconds(1))
            _ = try await $0.sessions.begin(for: person, at: Request("GET", "/"), providerSession: "")
        },
        Row("found by externalId, with another identity of this issuer, and suspended", "suspended") {
            let person = try await $0.house.provision("a.doe", externalID: "alice-1")
            try await $0.join("former", to: person)
            try await $0.house.suspend(person)
        },
        Row("found by the login, with another identity of this issuer", "login_taken") {
            try await $0.join("former", to: try await $0.house.provision("alice"))
        },
        Row("found by the login, with another identity of this issuer, and suspended", "login_taken") {
            let person = try await $0.house.provision("alice")
            try await $0.join("former", to: person)
            try await $0.house.suspend(person)
        },
        Row("two with that externalId, neither with the login", "provisioned_twice") {
            _ = try await $0.house.provision("one", externalID: "alice-1")
            try await $0.twin("two", of: "alice-1", active: false)
        },
        Row("two with that externalId, the login is a third one's", "provisioned_twice") {
            _ = try await $0.house.provision("one", externalID: "alice-1")
            try await $0.twin("two", of: "alice-1")
            _ = try await $0.house.provision("alice")
        },
        Row("two with that externalId, one with the login", nil) {
            _ = try await $0.house.provision("alice", externalID: "alice-1")
            try await $0.twin("two", of: "alice-1")
        },
        Row("active, found by externalId, with another login", nil) {
            _ = try await $0.house.provision("a.doe", externalID: "alice-1")
        },
        Row("a suspended account of the desk's own with the same login", "login_taken") {
            try await $0.house.suspend(try await $0.house.person("alice"))
        },
    ]

    @Test("gets no account by signing in", arguments: rows)
    func signIn(row: Row) async throws {
        try await withTrip { (trip: Trip) async throws in
            try await row.provision(trip)
            let before = try await trip.house.ledger.subjects(matching: nil).map(\.id)
            do {
                let arrived = try await trip.go().subject
                #expect(row.expected == nil, "\(arrived.login) came in")
                #expect(before.contains(arrived.id))
            } catch let fault as OIDCFault {
                #expect(fault.name == row.expected)
                #expect(fault.name != "suspended" || fault.status == 403)
            }
            #expect(try await trip.house.ledger.subjects(matching: nil).map(\.id) == before)
        }
    }

    @Test(
        "CVE-2026-1609, CVE-2026-1486 (Keycloak): gets no account by a password that the provider takes either",
        arguments: rows)
    func password(row: Row) async throws {
        try await withTrip { (trip: Trip) async throws in
            trip.provider.behave { $0.passwords = ["alice": "hunter2"] }
            try await row.provision(trip)
            let before = try await trip.house.ledger.subjects(matching: nil)
            let check = PasswordCheck(.provider(trip.signIn), clock: trip.house.clock)
            let presented = try #require(PresentedPassword(login: "alice", password: "hunter2"))
            let outcome = await check.outcome(of: presented, from: nil)
            // The gate refuses a suspended owner as such; nothing is revealed about another login's owner.
            let owner = before.first { $0.login.folded == "alice" }
            let isTold = ["suspended", nil].contains(row.expected) && owner != nil
            #expect(outcome == (isTold ? owner.map { .owner($0.id) } : .wrong))
            let after = try await trip.house.ledger.subjects(matching: nil)
            #expect(after.map(\.id) == before.map(\.id))
            #expect(after.map(\.isSuspended) == before.map(\.isSuspended))
        }
    }
}

extension Trip {
    /// Provisions another person with an `externalId` that somebody has. Such twins are older than the rule that an
    /// `externalId` belongs to one user.
    func twin(_ login: String, of externalID: String, active: Bool = true) async throws {
        let twin = try await house.provision(login, externalID: "another", active: active)
        try Database(path: house.folder.appending(path: "jeton.db").path)
            .execute("UPDATE subjects SET external_id = '\(externalID)' WHERE id = \(twin.id.number)")
    }

    /// Joins an identity of the provider to a person.
    func join(_ name: String, to subject: Subject) async throws {
        try await house.ledger.join(
            Identity(issuer: provider.issuer, name: name), to: subject.id,
            event: Event(.subjectJoined, at: house.clock.now, actor: nil, subject: subject.id))
    }
}
