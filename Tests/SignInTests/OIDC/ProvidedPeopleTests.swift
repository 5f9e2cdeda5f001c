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

@Suite("A person whom the provider signs in", .timeLimit(.minutes(5)))
struct ProvidedPeopleTests {
    @Test("is added at the first sign-in, and signed in at once")
    func first() async throws {
        try await withTrip { (trip: Trip) async throws in
            let completed = try await trip.signIn.finish(
                try await trip.leave(returnTo: "/tokens?x=1").request)
            #expect(completed.subject.login.text == "alice")
            #expect(completed.subject.name == "Alice Doe")
            #expect(completed.subject.email == "alice@example.com")
            #expect(completed.subject.groups == ["staff", "admins"])
            #expect(!completed.subject.isAdministrator)
            #expect(completed.returnTo == "/tokens?x=1")
            let visitor = try await trip.sessions.visitor(of: trip.request(of: completed))
            #expect(visitor?.subject == completed.subject)
            #expect(visitor?.session.providerSession == "session-1")
            let kinds = try await trip.house.ledger.events(about: nil, before: nil, limit: 9).map(\.kind)
            #expect(kinds == [.signedIn, .subjectAdded])
        }
    }

    @Test(
        "is the same person under another login, name, address and with other groups; the gate knows at once")
    func later() async throws {
        try await withTrip { (trip: Trip) async throws in
            let first = try await trip.go().subject
            let (_, secret) = try await trip.house.token("ci", of: first)
            trip.provider.behave {
                $0.claims = [
                    "preferred_username": "alice.doe", "name": "A. Doe", "email": "a@example.com",
                    "groups": ["staff"],
                ]
            }
            let second = try await trip.go().subject
            #expect(second.id == first.id)
            #expect(second.login.text == "alice.doe")
            #expect(trip.house.owner(secret.digest) == second)
            #expect(second.groups == ["staff"])
        }
    }

    @Test("never gets the account of somebody who had the login before, here or at the provider")
    func collision() async throws {
        try await withTrip { (trip: Trip) async throws in
            let first = try await trip.go().subject
            trip.provider.behave { $0.claims = ["sub": "alice-2"] }
            await #expect(throws: OIDCFault.loginTaken(first.login)) { try await trip.go() }
            let event = try await trip.house.ledger.events(about: nil, before: nil, limit: 1).first
            #expect(event?.detail == "login_taken: alice")

            try await trip.house.person("bob", password: "a password")
            trip.provider.behave { $0.claims = ["sub": "bob-1", "preferred_username": "BOB"] }
            await #expect(throws: OIDCFault.loginTaken(try Login("bob"))) { try await trip.go() }
            // A known person keeps their login; what else changed is updated.
            trip.provider.behave { $0.claims = ["preferred_username": "bob", "name": "Alice B."] }
            let renamed = try await trip.go().subject
            #expect(renamed.id == first.id)
            #expect(renamed.login.text == "alice")
            #expect(renamed.name == "Alice B.")
        }
    }

    @Test("never gets a login that is kept for service accounts; who has one already goes on with it")
    func accountLogins() async throws {
        try await withTrip { (trip: Trip) async throws in
            trip.provider.behave { $0.claims = ["preferred_username": "Bot-CI"] }
            let refused = try await trip.refusal()
            #expect(refused == .badLogin(.keptForAccounts("Bot-CI")))
            #expect(refused?.description.contains("like this one are kept for service accounts") == true)
            try await trip.house.account("bot-ci")
            #expect(try await trip.refusal() == .loginTaken(try Login("Bot-CI")))
            // A known person keeps theirs, old or new.
            trip.provider.behave { $0.claims = [:] }
            let alice = try await trip.go().subject
            trip.provider.behave { $0.claims = ["preferred_username": "bot-alice", "name": "A. Doe"] }
            let same = try await trip.go().subject
            #expect((same.id, same.login.text, same.name) == (alice.id, "alice", "A. Doe"))
        }
    }

    @Test("keeps their login where the provider sends a placeholder of tools, old or new")
    func wordsOfTools() async throws {
        try await withTrip { (trip: Trip) async throws in
            _ = try await trip.go().subject
            trip.provider.behave { $0.claims = ["preferred_username": "jwt", "name": "Alice B."] }
            let same = try await trip.go().subject
            #expect((same.login.text, same.name) == ("alice", "Alice B."))

            // An account that is older than the placeholder.
            let old = try await trip.house.provision("git", externalID: "git-1")
            let (_, secret) = try await trip.house.token("ci", of: old)
            trip.provider.behave { $0.claims = ["sub": "git-1", "preferred_username": "git"] }
            let arrived = try await trip.go().subject
            #expect((arrived.id, arrived.login.text) == (old.id, "git"))
            #expect(trip.house.owner(secret.digest)?.login.text == "git")
        }
    }

    @Test("is the person provisioned before, by the externalId or else by the login")
    func joined() async throws {
        for (login, externalID) in [("alice", nil), ("ALICE", "other"), ("a.doe", "alice-1")] {
            try await withTrip { (trip: Trip) async throws in
                let known = try await trip.house.provision(login, externalID: externalID)
                let (_, secret) = try await trip.house.token("ci", of: known)
                let arrived = try await trip.go().subject
                #expect(arrived.id == known.id)
                // SCIM sent the login, and the sign-in does not change it.
                #expect(arrived.login.text == login)
                #expect(trip.house.owner(secret.digest)?.groups == ["staff", "admins"])
                let events = try await trip.house.ledger.events(about: known.id, before: nil, limit: 9)
                #expect(events.contains { $0.kind == .subjectJoined && $0.detail == trip.provider.issuer })
                // From then on the identity counts, and nobody else is joined to it.
                trip.provider.behave { $0.claims = ["sub": "alice-2", "preferred_username": .string(login)] }
                await #expect(throws: OIDCFault.loginTaken(try Login(login))) { try await trip.go() }
            }
        }
    }

    @Test(
        "keeps the login that SCIM gave, and the name and address where it gave any",
        arguments: [
            ("{}", "Alice Doe", "alice@example.com"),
            (#"{"displayName":"A. of SCIM"}"#, "A. of SCIM", "alice@example.com"),
            (
                #"{"name":{"formatted":"A. of SCIM"},"emails":[{"value":"a@scim.example"}]}"#, "A. of SCIM",
                "a@scim.example"
            ),
        ])
    func twoWriters(details: String, name: String, email: String) async throws {
        try await withTrip { (trip: Trip) async throws in
            let known = try await trip.house.provision("a.doe", externalID: "alice-1")
            let word = Provision(
                login: known.login, name: "A. of SCIM",
                email: details.contains("emails") ? "a@scim.example" : nil,
                isActive: true, externalID: "alice-1", details: details)
            try await trip.house.ledger.update(
                known.id, at: 1, to: word,
                events: [Event(.subjectChanged, at: trip.house.clock.now, actor: nil)])
            for _ in 0..<2 {
                let arrived = try await trip.go().subject
                #expect((arrived.login.text, arrived.name, arrived.email) == ("a.doe", name, email))
            }
            let events = try await trip.house.ledger.events(about: known.id, before: nil, limit: 99)
            #expect(events.count { $0.detail == "by the identity provider" } == 1, "nothing flips")
        }
    }

    @Test("is the same person under another sub, where SCIM sent it since the last sign-in")
    func anotherSub() async throws {
        try await withTrip { (trip: Trip) async throws in
            let known = try await trip.house.provision("alice", externalID: "old-id")
            let first = try await trip.go()
            let (_, secret) = try await trip.house.token("ci", of: known)
            trip.provider.behave { $0.claims = ["sub": "alice-2"] }
            await #expect(throws: OIDCFault.loginTaken(known.login)) { try await trip.go() }
            try await trip.renames(known, to: "alice-2")
            // Somebody who signed in since still belongs to the former identity.
            trip.house.pass(.seconds(1))
            trip.provider.behave { $0.claims = [:] }
            try await trip.go()
            trip.provider.behave { $0.claims = ["sub": "alice-2"] }
            await #expect(throws: OIDCFault.loginTaken(known.login)) { try await trip.go() }

            trip.house.pass(.seconds(1))
            try await trip.renames(known, to: nil)
            try await trip.renames(known, to: "alice-2")
            let again = try await trip.go()
            #expect(again.subject.id == known.id)
            #expect(trip.house.owner(secret.digest)?.isSuspended == false)
            #expect(try await trip.sessions.visitor(of: trip.request(of: first)) == nil, "all sessions end")
            let events = try await trip.house.ledger.events(about: known.id, before: nil, limit: 3)
            #expect(events.map(\.kind) == [.signedIn, .subjectJoined, .identityReleased])
            // Nobody has the former identity now.
            trip.provider.behave { $0.claims = [:] }
            await #expect(throws: OIDCFault.loginTaken(known.login)) { try await trip.go() }
        }
    }

    @Test("is not the same person under another sub while suspended")
    func anotherSubSuspended() async throws {
        try await withTrip { (trip: Trip) async throws in
            let known = try await trip.house.provision("alice", externalID: "old-id")
            try await trip.go()
            trip.house.pass(.seconds(1))
            try await trip.renames(known, to: "alice-2")
            try await trip.house.ledger.suspend(
                known.id, since: trip.house.clock.now,
                event: Event(.subjectSuspended, at: trip.house.clock.now, actor: nil))
            trip.provider.behave { $0.claims = ["sub": "alice-2"] }
            await #expect(throws: OIDCFault.self) { try await trip.go() }
            trip.provider.behave { $0.claims = [:] }
            await #expect(throws: OIDCFault.suspended) { try await trip.go() }
        }
    }

    @Test(
        "is the same person under another sub once their identity was released, for a week and with that login"
    )
    func released() async throws {
        try await withTrip { (trip: Trip) async throws in
            let known = try await trip.go()
            let (_, secret) = try await trip.house.token("ci", of: known.subject)
            trip.provider.behave { $0.claims = ["sub": "alice-2"] }
            await #expect(throws: OIDCFault.loginTaken(known.subject.login)) { try await trip.go() }
            try await trip.release(known.subject)
            #expect(try await trip.sessions.visitor(of: trip.request(of: known)) == nil)
            // Another login is another person.
            trip.provider.behave { $0.claims = ["sub": "bob-1", "preferred_username": "bob"] }
            #expect(try await trip.go().subject.id != known.subject.id)
            // And nobody who has an account here already is joined.
            trip.provider.behave { $0.claims = ["sub": "bob-1"] }
            #expect(try await trip.go().subject.login.text == "bob")

            trip.provider.behave { $0.claims = ["sub": "alice-2"] }
            #expect(try await trip.go().subject.id == known.subject.id)
            #expect(trip.house.owner(secret.digest)?.login.text == "alice")
            // Once.
            trip.provider.behave { $0.claims = ["sub": "alice-3"] }
            await #expect(throws: OIDCFault.loginTaken(known.subject.login)) { try await trip.go() }
            try await trip.release(known.subject)
            trip.house.pass(LedgerLimits.releaseLasting)
            await #expect(throws: OIDCFault.loginTaken(known.subject.login)) { try await trip.go() }
            await #expect(throws: LedgerError.noSuchIdentity) { try await trip.release(known.subject) }
        }
    }

    @Test("is not joined to an account that was never provisioned")
    func notJoined() async throws {
        try await withTrip { (trip: Trip) async throws in
            let local = try await trip.house.person("alice")
            await #expect(throws: OIDCFault.loginTaken(local.login)) { try await trip.go() }
        }
    }

    @Test("keeps provisioned groups, and administers by these, too")
    func provisionedGroups() async throws {
        try await withTrip {
            $0.adminGroups = ["desk-admins"]
        } _: { (trip: Trip) async throws in
            let alice = try await trip.go().subject
            #expect(!alice.isAdministrator)
            let now = trip.house.clock.now
            try await trip.house.ledger.add(
                ProvisionedGroup(
                    id: .make(at: now), name: "desk-admins", members: [alice.id], createdAt: now),
                administrators: ["desk-admins"], event: Event(.groupAdded, at: now, actor: nil))
            let before = try await trip.house.ledger.events(about: alice.id, before: nil, limit: 99)
            let again = try await trip.go().subject
            #expect(again.groups == ["staff", "admins", "desk-admins"])
            #expect(again.isAdministrator)
            let after = try await trip.house.ledger.events(about: alice.id, before: nil, limit: 99)
            // Signing in again changes nothing.
            #expect(
                after.filter { $0.kind == .subjectChanged } == before.filter { $0.kind == .subjectChanged })
            trip.provider.behave { $0.claims = ["groups": "guests"] }
            #expect(try await trip.go().subject.groups == ["guests", "desk-admins"])
        }
    }

    @Test("is refused while suspended, and stays suspended")
    func suspended() async throws {
        try await withTrip { (trip: Trip) async throws in
            let subject = try await trip.go().subject
            try await trip.house.suspend(subject)
            await #expect(throws: OIDCFault.suspended) { try await trip.go() }
            #expect(try await trip.house.ledger.subject(subject.id)?.isSuspended == true)
        }
    }

    @Test("is allowed by groups, and gains and loses administration by groups")
    func groups() async throws {
        try await withTrip {
            $0.allowedGroups = ["others"]
        } _: { (trip: Trip) async throws in
            #expect(try await trip.refusal() == .notAllowed)
        }
        try await withTrip {
            $0.allowedGroups = ["others", "staff"]
            $0.adminGroups = ["admins"]
        } _: { (trip: Trip) async throws in
            #expect(try await trip.go().subject.isAdministrator == true)
            trip.provider.behave { $0.claims = ["groups": "staff"] }
            #expect(try await trip.go().subject.isAdministrator == false)
        }
    }

    static let people: [(String, [String: JSONValue], ClaimNames, Result<[String?], OIDCFault>)] = {
        var nested = ClaimNames()
        nested[.groups] = "realm_access.roles"
        nested[.login] = "https://example.com/login"
        let usual = ClaimNames()
        return [
            (
                "no login: the whole address", ["preferred_username": .null, "email": "a@b.example"], usual,
                .success(["a@b.example", "Alice Doe", "a@b.example", "staff|admins"])
            ),
            (
                "an address that nobody verified is no address", ["email_verified": false], usual,
                .success(["alice", "Alice Doe", nil, "staff|admins"])
            ),
            (
                "nor a login", ["preferred_username": .null, "email_verified": false], usual,
                .failure(.noLogin)
            ),
            (
                "neither login nor address", ["preferred_username": .null, "email": .null], usual,
                .failure(.noLogin)
            ),
            (
                "a login that is none", ["preferred_username": "a:b"], usual,
                .failure(
                    .badLogin(.badCharacter(":", allowed: "any characters that can be seen but the colon")))
            ),
            (
                "a word that tools send", ["preferred_username": "Git"], usual,
                .failure(.badLogin(.sentByTools("Git")))
            ),
            (
                "no name", ["name": .null], usual,
                .success(["alice", "alice", "alice@example.com", "staff|admins"])
            ),
            (
                "groups that could pass for others", ["groups": ["a,admins", "", "b", "b", 7, "c\nd"]], usual,
                .success(["alice", "Alice Doe", "alice@example.com", "b"])
            ),
            (
                "claims of other names",
                ["https://example.com/login": "al", "realm_access": ["roles": ["r"]]], nested,
                .success(["al", "Alice Doe", "alice@example.com", "r"])
            ),
        ]
    }()

    @Test("is read from the claims", arguments: people.indices)
    func claims(row: Int) async throws {
        let (_, claims, names, expected) = Self.people[row]
        try await withTrip {
            $0.claims = names
        } _: { (trip: Trip) async throws in
            trip.provider.behave { $0.claims = claims }
            switch expected {
            case .failure(let fault): #expect(try await trip.refusal() == fault)
            case .success(let parts):
                let subject = try await trip.go().subject
                #expect(
                    [subject.login.text, subject.name, subject.email, subject.groups.joined(separator: "|")]
                        == parts)
            }
        }
    }

    @Test("is completed by userinfo where the ID token is short; signed claims win")
    func userInfo() async throws {
        try await withTrip { (trip: Trip) async throws in
            try await trip.go()
            #expect(trip.provider.count("/userinfo") == 0)
            trip.provider.behave {
                $0.claims = ["groups": .null]
                $0.userInfo = ["sub": "alice-1", "groups": ["told"], "name": "Somebody Else"]
            }
            let subject = try await trip.go().subject
            #expect(subject.groups == ["told"])
            #expect(subject.name == "Alice Doe")
        }
    }
}

extension Trip {
    /// Has SCIM change a person's `externalId`.
    fileprivate func renames(_ subject: Subject, to externalID: String?) async throws {
        let person = try #require(try await house.ledger.person(subject.id))
        let word = Provision(
            login: person.subject.login, name: person.subject.name, email: person.subject.email,
            isActive: true,
            externalID: externalID, details: "{}")
        try await house.ledger.update(
            subject.id, at: person.revision, to: word,
            events: [Event(.subjectChanged, at: house.clock.now, actor: nil)])
    }

    fileprivate func release(_ subject: Subject) async throws {
        try await house.ledger.releaseIdentities(
            of: subject.id,
            event: Event(.identityReleased, at: house.clock.now, actor: nil, subject: subject.id))
    }
}
