import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Subjects") struct Subjects {
        @Test("a subject is read as it was written, by identifier and by login", arguments: Engine.all)
        func roundTrip(engine: Engine) async throws {
            try await engine.open { house in
                #expect(try await house.ledger.administration() == .noAccounts)
                let subject = Subject(
                    id: .next(at: .noon), login: try Login("Zoë.Müller"), name: "Zoë “Z” Müller\\%_",
                    email: "zoë@example.com", groups: ["dev", "", "a,b:3\nadmins", "5:x,"],
                    isAdministrator: true,
                    suspendedAt: .noon + .hours(1), createdAt: .noon)
                try await house.ledger.add(subject, event: .note(.subjectAdded, about: subject))
                #expect(try await house.ledger.subject(subject.id) == subject)
                #expect(try await house.ledger.subject(login: Login("ZOË.MÜLLER")) == subject)
                #expect(try await house.ledger.subject(login: Login("zoe\u{308}.mu\u{308}ller")) == subject)
                #expect(try await house.ledger.subject(login: Login("zoe")) == nil)
                #expect(try await house.ledger.subject(.next(at: .noon)) == nil)
                #expect(try await house.ledger.administration() != .noAccounts)
                #expect(house.notified.subjects == [subject])
                #expect(try await house.events().map(\.kind) == [.subjectAdded])
            }
        }

        @Test("a login belongs to one subject, regardless of case", arguments: Engine.all)
        func loginTaken(engine: Engine) async throws {
            try await engine.open { house in
                try await house.person("Alice")
                try await expect(.loginTaken, in: house) { try await house.person("aLICE") }
                var bob = try await house.person("bob")
                bob.login = try Login("ALICE")
                let changed = bob
                try await expect(.loginTaken, in: house) {
                    try await house.ledger.update(changed, event: .note(.subjectChanged))
                }
                #expect(try await house.ledger.subject(bob.id)?.login.text == "bob")
            }
        }

        @Test("everything except the identifier and the creation time can change", arguments: Engine.all)
        func update(engine: Engine) async throws {
            try await engine.open { house in
                let before = try await house.person("alice")
                let after = Subject(
                    id: before.id, login: try Login("Alicia"), name: "Alicia", email: "alicia@example.com",
                    groups: ["ops"], isAdministrator: true, suspendedAt: .noon + .days(1), createdAt: .noon)
                var given = Subject(id: before.id, login: after.login, createdAt: .noon + .days(9))
                (given.name, given.email, given.groups) = (after.name, after.email, after.groups)
                (given.isAdministrator, given.suspendedAt) = (true, after.suspendedAt)
                try await house.ledger.update(
                    given, event: .note(.subjectSuspended, at: .noon + .hours(1), about: before))
                #expect(try await house.ledger.subject(before.id) == after)
                #expect(house.notified.subjects == [before, after])
                #expect(try await house.events().first?.kind == .subjectSuspended)
                // Its own login in another case does not collide.
                given.login = try Login("ALICIA")
                try await house.ledger.update(given, event: .note(.subjectChanged, about: before))
                #expect(try await house.ledger.subject(login: Login("alicia"))?.login.text == "ALICIA")
                let stranger = Subject(id: .next(at: .noon), login: try Login("eve"), createdAt: .noon)
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.update(stranger, event: .note(.subjectChanged))
                }
            }
        }

        @Test("subjects are listed by login, and found by login, name or e-mail", arguments: Engine.all)
        func search(engine: Engine) async throws {
            try await engine.open { house in
                try await house.person("zora", name: "Ärzte_100%", email: "z@example.org")
                try await house.person("Bob", name: "Robert", email: "BOB@example.com")
                try await house.person("alice", name: "Alice\\B")
                func found(_ search: String?) async throws -> [String] {
                    try await house.ledger.subjects(matching: search).map(\.login.text)
                }
                #expect(try await found(nil) == ["alice", "Bob", "zora"])
                #expect(try await found("") == ["alice", "Bob", "zora"])
                #expect(try await found("ROBERT") == ["Bob"])
                #expect(try await found("bob@EXAMPLE") == ["Bob"])
                #expect(try await found("äRZTE") == ["zora"])
                #expect(try await found("%") == ["zora"])
                #expect(try await found("_") == ["zora"])
                #expect(try await found("\\") == ["alice"])
                #expect(try await found("b") == ["alice", "Bob"])
                #expect(try await found("'; DROP TABLE subjects; --").isEmpty)
            }
        }
    }

    @Suite("Passwords and invitations") struct Passwords {
        @Test("a password replaces the one before and ends all sessions but one", arguments: Engine.all)
        func setPassword(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
                let (kept, ended) = (try await house.session(of: alice), try await house.session(of: alice))
                let other = try await house.session(of: bob)
                #expect(try await house.ledger.passwordHash(of: alice.id) == nil)
                for hash in [PasswordHash.one, .two] {
                    try await house.ledger.setPassword(
                        hash, of: alice.id, keeping: kept.id, event: .note(.passwordSet, about: alice))
                    #expect(try await house.ledger.passwordHash(of: alice.id) == hash)
                }
                #expect(try await house.ledger.session(kept.digest) == kept)
                #expect(try await house.ledger.session(ended.digest) == nil)
                #expect(try await house.ledger.session(other.digest) == other)
                try await house.ledger.setPassword(
                    .one, of: alice.id, keeping: nil, event: .note(.passwordSet, about: alice))
                #expect(try await house.ledger.sessions(of: alice.id).isEmpty)
                #expect(try await house.events().filter { $0.kind == .passwordSet }.count == 3)
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.setPassword(
                        .one, of: .next(at: .noon), keeping: nil, event: .note(.passwordSet))
                }
            }
        }

        @Test(
            "an invitation works once, and a newer one for the same subject replaces it",
            arguments: Engine.all)
        func invitation(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
                let invitations = [alice.id, alice.id, bob.id].map {
                    Invitation(digest: .fresh(), subject: $0, expiresAt: .noon + .hours(1))
                }
                for invitation in invitations { try await house.ledger.add(invitation) }
                #expect(try await house.ledger.invitation(invitations[0].digest) == nil)
                #expect(try await house.ledger.invitation(invitations[1].digest) == invitations[1])
                #expect(try await house.ledger.invitation(invitations[2].digest) == invitations[2])
                let session = try await house.session(of: alice)
                func accept(_ index: Int, as subject: Subject) async throws {
                    try await house.ledger.accept(
                        invitations[index].digest, as: subject, password: .one,
                        event: .note(.passwordSet, about: subject))
                }
                try await expect(.invitationUsed, in: house) { try await accept(0, as: alice) }
                try await expect(.invitationUsed, in: house) { try await accept(1, as: bob) }
                try await accept(1, as: alice)
                try await expect(.invitationUsed, in: house) { try await accept(1, as: alice) }
                #expect(try await house.ledger.invitation(invitations[1].digest) == nil)
                #expect(try await house.ledger.invitation(invitations[2].digest) == invitations[2])
                #expect(try await house.ledger.passwordHash(of: alice.id) == .one)
                #expect(try await house.ledger.passwordHash(of: bob.id) == nil)
                #expect(try await house.ledger.session(session.digest) == nil)
            }
        }

        @Test("the first account is created with its invitation, or not at all", arguments: Engine.all)
        func firstAccount(engine: Engine) async throws {
            try await engine.open { house in
                let older = Invitation(digest: .fresh(), subject: nil, expiresAt: .noon)
                let newer = Invitation(digest: .fresh(), subject: nil, expiresAt: .noon + .hours(1))
                for invitation in [older, newer] { try await house.ledger.add(invitation) }
                #expect(try await house.ledger.invitation(older.digest) == older)
                #expect(try await house.ledger.invitation(newer.digest) == newer)
                let root = Subject(id: .next(at: .noon), login: try Login("root"), createdAt: .noon)
                func accept() async throws {
                    try await house.ledger.accept(
                        newer.digest, as: root, password: .one, event: .note(.subjectAdded, about: root))
                }
                house.notified.forget()
                try await accept()
                #expect(try await house.ledger.subject(root.id) == root)
                #expect(try await house.ledger.passwordHash(of: root.id) == .one)
                #expect(house.notified.subjects == [root])
                try await expect(.invitationUsed, in: house) { try await accept() }
                #expect(try await house.ledger.invitation(older.digest) == nil)
            }
        }

        @Test("of the invitations for the first account the latest stay", arguments: Engine.all)
        func firstInvitations(engine: Engine) async throws {
            try await engine.open { house in
                let bob = try await house.person("bob")
                let his = Invitation(digest: .fresh(), subject: bob.id, expiresAt: .noon)
                try await house.ledger.add(his)
                let all = (0..<LedgerLimits.firstInvitations + 2).map {
                    Invitation(digest: .fresh(), subject: nil, expiresAt: .noon + .seconds(Int64($0)))
                }
                for invitation in all { try await house.ledger.add(invitation) }
                var kept: [Invitation] = []
                for invitation in all {
                    if let found = try await house.ledger.invitation(invitation.digest) { kept.append(found) }
                }
                #expect(kept == Array(all.dropFirst(2)))
                #expect(try await house.ledger.invitation(his.digest) == his)
            }
        }

        @Test("the invitation for the first account creates no second one", arguments: Engine.all)
        func secondAccount(engine: Engine) async throws {
            try await engine.open { house in
                let first = Invitation(digest: .fresh(), subject: nil, expiresAt: .noon + .hours(1))
                try await house.ledger.add(first)
                // Through the command line, or a provider that provisions.
                try await house.administrator("alice")
                let root = Subject(id: .next(at: .noon), login: try Login("root"), createdAt: .noon)
                try await expect(.invitationUsed, in: house) {
                    try await house.ledger.accept(
                        first.digest, as: root, password: .one, event: .note(.subjectAdded, about: root))
                }
                #expect(try await house.ledger.subject(root.id) == nil)
                #expect(try await house.ledger.passwordHash(of: root.id) == nil)
            }
        }
    }
}
