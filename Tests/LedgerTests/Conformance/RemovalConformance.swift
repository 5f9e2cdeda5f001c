import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Renaming and removing people") struct Removals {
        @Test("a sign-in with a password is kept, and makes nobody dormant", arguments: Engine.all)
        func lastSignIn(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                #expect(try await house.ledger.signInWays(of: alice.id) == SignInWays())
                try await house.ledger.setPassword(
                    .one, of: alice.id, keeping: nil, event: .note(.passwordSet))
                _ = try await house.session(of: alice, at: .noon + .hours(1), by: .one)
                // One under a clock that is behind does not move it back.
                _ = try await house.session(of: alice, at: .noon + .hours(1) - .seconds(30), by: .one)
                let last = LastSignIn(at: .noon + .hours(1), address: "192.0.2.1")
                #expect(
                    try await house.ledger.signInWays(of: alice.id)
                        == SignInWays(last: last, hasPassword: true))
                #expect(try await house.ledger.subject(alice.id)?.lastSignInAt == nil)
                let rows = try await house.ledger.subjects(SubjectQuery(.person, now: .noon))
                #expect(rows.map(\.lastSignIn) == [last])
                let (bob, _) = try await house.provisioned("bob")
                let identity = Identity(issuer: "https://id.example", name: "1")
                try await house.ledger.join(identity, to: bob.id, event: .note(.subjectJoined))
                #expect(
                    try await house.ledger.signInWays(of: bob.id)
                        == SignInWays(identities: [identity], isProvisioned: true))
                try await expect(.noSuchSubject, in: house) {
                    _ = try await house.ledger.signInWays(of: .next(at: .noon))
                }
            }
        }

        @Test("a rename changes what a person is called, and nothing else", arguments: Engine.all)
        func rename(engine: Engine) async throws {
            try await engine.open { house in
                try await house.person("bob")
                let ci = try await house.account("bot-ci", ServiceAccount(purpose: ""))
                let alice = try await house.administrator("alice")
                let naming = PersonNaming(
                    login: try Login("Ann"), name: try PersonName("Ann Ärzte"),
                    email: try EmailAddress("ANN@example.org"))
                house.notified.forget()
                let renamed = try await house.ledger.rename(
                    alice.id, to: naming, event: .note(.subjectChanged, about: alice))
                var expected = alice
                (expected.login, expected.name, expected.email) = (
                    naming.login, "Ann Ärzte", "ANN@example.org"
                )
                #expect(renamed == expected)
                #expect(house.notified.subjects == [expected])
                #expect(try await house.ledger.subject(login: Login("ann")) == expected)
                #expect(try await house.ledger.subject(login: Login("alice")) == nil)
                #expect(try await house.ledger.subject(signingInAs: "ann@EXAMPLE.org") == expected)
                var taken = naming
                taken.login = try Login("BOB")
                try await expect(.loginTaken, in: house) {
                    try await house.ledger.rename(alice.id, to: taken, event: .note(.subjectChanged))
                }
                var reserved = naming
                reserved.login = try Login("bot-ann")
                try await expect(.loginReserved, in: house) {
                    try await house.ledger.rename(alice.id, to: reserved, event: .note(.subjectChanged))
                }
                for other in [ci.id, .next(at: .noon)] {
                    try await expect(.noSuchSubject, in: house) {
                        var free = naming
                        free.login = try Login("free")
                        try await house.ledger.rename(other, to: free, event: .note(.subjectChanged))
                    }
                }
            }
        }

        @Test("a removal ends what somebody has, and frees their login at once", arguments: Engine.all)
        func remove(engine: Engine) async throws {
            try await engine.open { house in
                try await house.administrator("root")
                let alice = try await house.person("alice", name: "Alice Ärzte", email: "a@example.org")
                try await house.ledger.setPassword(
                    .one, of: alice.id, keeping: nil, event: .note(.passwordSet, about: alice))
                let session = try await house.session(of: alice)
                let token = try await house.token("on alice’s laptop", of: alice)
                try await house.ledger.record(passwordUses: [
                    PasswordUse(
                        subject: alice.id, service: "git", address: "192.0.2.8", client: "Git", lastAt: .noon,
                        count: 1)
                ])
                let request = try house.request("CI", of: alice)
                try await house.ledger.add(request, event: .note(.tokenRequested))
                house.notified.forget()
                try await house.ledger.removePerson(alice.id, event: .note(.subjectEnded, about: alice))
                let removed = try #require(try await house.ledger.subject(alice.id))
                #expect((removed.login.text, removed.name, removed.email) == ("alice", "Alice Ärzte", nil))
                #expect(removed.isSuspended && removed.endedAt == .noon)
                #expect(house.notified.subjects == [removed])
                #expect(house.notified.records.map(\.id) == [token.id])
                #expect(try await house.ledger.session(session.digest) == nil)
                let ways = try await house.ledger.signInWays(of: alice.id)
                #expect(ways.identities.isEmpty && !ways.hasPassword && !ways.isProvisioned)
                #expect(try await house.ledger.passwordUses(of: alice.id, since: .noon).isEmpty)
                let kept = try await house.ledger.tokens(TokenQuery(owner: alice.id, now: .noon))
                #expect(kept.map(\.token.revocation?.reason) == [.accountEnded])
                #expect(kept.map(\.owner) == [removed])
                #expect(try await house.ledger.request(request.id)?.stage == .withdrawn)
                // Nothing finds them, and nothing brings them back.
                for search in ["alice", "ärzte", "example.org"] {
                    let present = SubjectQuery(.person, search: search, now: .noon)
                    #expect(try await house.ledger.subjects(present).isEmpty)
                }
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.removePerson(alice.id, event: .note(.subjectEnded))
                }
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.appoint(
                        alice.id, administrator: true, event: .note(.subjectPromoted))
                }
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.setPassword(
                        .two, of: alice.id, keeping: nil, event: .note(.passwordSet))
                }
                let heir = try await house.person("ALICE")
                #expect(try await house.ledger.subject(login: Login("alice")) == heir)
            }
        }

        @Test(
            "the last administrator is not removed, and a service account not as a person",
            arguments: Engine.all)
        func last(engine: Engine) async throws {
            try await engine.open { house in
                let root = try await house.administrator("root")
                let ci = try await house.account("bot-ci", ServiceAccount(purpose: ""))
                try await expect(.lastAdministrator, in: house) {
                    try await house.ledger.removePerson(root.id, event: .note(.subjectEnded))
                }
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.removePerson(ci.id, event: .note(.subjectEnded))
                }
                // Of two who remove each other at once, one stays.
                let other = try await house.administrator("other")
                async let first: Void = house.ledger.removePerson(root.id, event: .note(.subjectEnded))
                async let second: Void = house.ledger.removePerson(other.id, event: .note(.subjectEnded))
                let (one, two): (Void?, Void?) = (try? await first, try? await second)
                #expect((one == nil) != (two == nil))
                #expect(try await house.ledger.administration() == .administered)
            }
        }
    }
}
