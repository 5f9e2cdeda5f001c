import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Administrators") struct Administrators {
        @Test("whether there is or was an administrator is known", arguments: Engine.all)
        func administration(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                #expect(try await ledger.administration() == .noAccounts)
                let bob = try await house.person("bob")
                #expect(try await ledger.administration() == .neverAdministered)
                let alice = try await house.administrator("alice", password: nil)
                #expect(try await ledger.administration() == .noLongerAdministered, "nobody could sign in")
                try await ledger.setPassword(.one, of: alice.id, keeping: nil, event: .note(.passwordSet))
                #expect(try await ledger.administration() == .administered)
                // The provider decides the end of an account, and nobody refuses it.
                try await ledger.end(alice.id, at: nil, event: .note(.subjectEnded, about: alice))
                #expect(try await ledger.administration() == .noLongerAdministered)
                try await ledger.appoint(bob.id, administrator: true, event: .note(.subjectPromoted))
                var profile = Profile(bob)
                profile.isAdministrator = false
                try await ledger.update(bob.id, to: profile, event: .note(.subjectChanged))
                #expect(try await ledger.administration() == .noLongerAdministered)
            }
        }

        @Test("the role is granted and withdrawn once, and notified", arguments: Engine.all)
        func appoint(engine: Engine) async throws {
            try await engine.open { house in
                try await house.administrator("root")
                let bob = try await house.person("bob")
                house.notified.forget()
                for isAdministrator in [true, true, false, false] {
                    let kind = isAdministrator ? Event.Kind.subjectPromoted : .subjectDemoted
                    let now = try await house.ledger.appoint(
                        bob.id, administrator: isAdministrator, event: .note(kind, about: bob))
                    #expect(now.isAdministrator == isAdministrator)
                    #expect(try await house.ledger.subject(bob.id) == now)
                }
                #expect(house.notified.subjects.map(\.isAdministrator) == [true, false])
                #expect(
                    try await house.events().prefix(2).map(\.kind) == [.subjectDemoted, .subjectPromoted])
                try await house.ledger.end(bob.id, at: nil, event: .note(.subjectEnded, about: bob))
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.appoint(
                        bob.id, administrator: true, event: .note(.subjectPromoted))
                }
            }
        }

        @Test("the last administrator who can sign in stays", arguments: Engine.all)
        func last(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.administrator("alice")
                let bob = try await house.administrator("bob")
                let invited = try await house.administrator("invited", password: nil)
                func demote(_ subject: Subject) async throws {
                    try await house.ledger.appoint(
                        subject.id, administrator: false, event: .note(.subjectDemoted, about: subject))
                }
                func suspend(_ subject: Subject, since: Timestamp? = .noon) async throws {
                    try await house.ledger.suspend(
                        subject.id, since: since, event: .note(.subjectSuspended, about: subject))
                }
                try await suspend(bob)
                // Neither a suspended administrator nor one without a password could sign in.
                try await expect(.lastAdministrator, in: house) { try await demote(alice) }
                try await expect(.lastAdministrator, in: house) { try await suspend(alice) }
                try await demote(invited)
                try await suspend(bob, since: nil)
                try await demote(alice)
                try await expect(.lastAdministrator, in: house) { try await demote(bob) }
                try await expect(.lastAdministrator, in: house) { try await suspend(bob) }
                try await suspend(alice)
                #expect(try await house.ledger.subject(bob.id)?.isAdministrator == true)
            }
        }

        @Test("of two who withdraw each other's role at once one keeps it", arguments: Engine.all)
        func eachOther(engine: Engine) async throws {
            try await engine.open { house in
                for round in 0..<10 {
                    let both = [
                        try await house.administrator("a\(round)"),
                        try await house.administrator("b\(round)"),
                    ]
                    for other in try await house.ledger.subjects(matching: nil)
                    where other.isAdministrator && !both.contains(other) {
                        try await house.ledger.appoint(
                            other.id, administrator: false, event: .note(.subjectDemoted))
                    }
                    let refused = await withTaskGroup(of: Bool.self, returning: Int.self) { group in
                        for one in both {
                            group.addTask {
                                do {
                                    try await house.ledger.appoint(
                                        one.id, administrator: false, event: .note(.subjectDemoted))
                                    return false
                                } catch {
                                    return error as? LedgerError == .lastAdministrator
                                }
                            }
                        }
                        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                    }
                    #expect(refused == 1)
                    let left = try await house.ledger.subjects(matching: nil).filter(\.isAdministrator)
                    #expect(left.count == 1)
                }
            }
        }

        @Test("of several links accepted at once one creates an administrator", arguments: Engine.all)
        func linksAtOnce(engine: Engine) async throws {
            try await engine.open { house in
                try await house.person("bob")
                let links = (0..<4).map { _ in
                    Invitation(digest: .fresh(), subject: nil, expiresAt: .noon + .hours(1))
                }
                for link in links { try await house.ledger.add(link) }
                let taken = Subject(
                    id: .next(at: .noon), login: try Login("BOB"), isAdministrator: true, createdAt: .noon)
                try await expect(.loginTaken, in: house) {
                    try await house.ledger.accept(
                        links[0].digest, as: taken, password: .one, event: .note(.subjectAdded))
                }
                #expect(
                    try await house.ledger.invitation(links[0].digest) == links[0], "it can be tried again")
                let people = try (0..<4).map { number in
                    Subject(
                        id: .next(at: .noon), login: try Login("root\(number)"), isAdministrator: true,
                        createdAt: .noon)
                }
                let refused = await withTaskGroup(of: Bool.self, returning: Int.self) { group in
                    for (link, person) in zip(links, people) {
                        group.addTask {
                            do {
                                try await house.ledger.accept(
                                    link.digest, as: person, password: .one, event: .note(.subjectAdded))
                                return false
                            } catch {
                                return error as? LedgerError == .invitationUsed
                            }
                        }
                    }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(refused == 3)
                #expect(try await house.ledger.subjects(matching: "root").count == 1)
                for link in links { #expect(try await house.ledger.invitation(link.digest) == nil) }
            }
        }

        @Test("a sign-in that does not mention the role leaves it", arguments: Engine.all)
        func signInMeanwhile(engine: Engine) async throws {
            try await engine.open { house in
                try await house.administrator("root")
                let bob = try await house.administrator("bob")
                var profile = Profile(bob)
                profile.isAdministrator = nil
                try await house.ledger.appoint(bob.id, administrator: false, event: .note(.subjectDemoted))
                let now = try await house.ledger.update(bob.id, to: profile, event: .note(.subjectChanged))
                #expect(!now.isAdministrator)
            }
        }
    }

    @Suite("Groups that the desk assigns") struct OwnGroups {
        @Test("groups are added and removed, and provisioned ones stay", arguments: Engine.all)
        func change(engine: Engine) async throws {
            try await engine.open { house in
                let bob = try await house.person("bob")
                let group = ProvisionedGroup(
                    id: .next(at: .noon), name: "sre", members: [bob.id], createdAt: .noon)
                try await house.ledger.add(group, administrators: [], event: .note(.groupAdded))
                house.notified.forget()
                func change(_ adding: [String], _ removing: [String]) async throws -> [String] {
                    try await house.ledger.changeGroups(
                        of: bob.id, adding: adding, removing: removing,
                        event: .note(.subjectGroupsChanged, about: bob)
                    ).groups
                }
                #expect(try await change(["ops", "qa"], []) == ["ops", "qa", "sre"])
                #expect(try await change(["qa"], ["ops", "sre", "nothing"]) == ["qa", "sre"])
                #expect(try await change(["qa"], ["ops"]) == ["qa", "sre"], "nothing changes")
                // Byte by byte: the Kelvin sign is no K.
                #expect(try await change(["\u{212A}"], ["K"]) == ["qa", "\u{212A}", "sre"])
                #expect(house.notified.subjects.map(\.groups.count) == [3, 2, 3])
                #expect(try await house.ledger.groups(of: bob.id).claimed == ["qa", "\u{212A}"])
                let kinds = try await house.events().map(\.kind)
                #expect(kinds.filter { $0 == .subjectGroupsChanged }.count == 3)
                try await expect(.tooManyGroups, in: house) {
                    _ = try await change((0..<GroupName.limit).map { "g\($0)" }, [])
                }
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.changeGroups(
                        of: .next(at: .noon), adding: ["a"], removing: [], event: .note(.subjectGroupsChanged)
                    )
                }
            }
        }
    }

    @Suite("Signing in by e-mail address") struct SigningInByAddress {
        @Test(
            "a login wins, and an e-mail address counts where one account with a password has it",
            arguments: Engine.all)
        func find(engine: Engine) async throws {
            try await engine.open { house in
                func person(_ login: String, _ email: String, password: Bool = true) async throws -> Subject {
                    let person = try await house.person(login, email: email)
                    if password {
                        try await house.ledger.setPassword(
                            .one, of: person.id, keeping: nil, event: .note(.passwordSet, about: person))
                    }
                    return person
                }
                let alice = try await person("alice", "Zoe\u{308}@example.com")
                let named = try await person("bob@example.com", "other@example.com", password: false)
                let bob = try await person("bob", "bob@example.com")
                let carol = try await person("carol", "team@example.com")
                let dave = try await person("dave", "team@example.com")
                _ = try await person("erin", "carol@example.com", password: false)
                func found(_ text: String) async throws -> SubjectID? {
                    try await house.ledger.subject(signingInAs: text)?.id
                }
                #expect(try await found("ALICE") == alice.id)
                #expect(try await found("ZOË@example.com") == alice.id)
                #expect(try await found("bob@example.com") == named.id)
                #expect(try await found("team@example.com") == nil)
                #expect(try await found("carol@example.com") == nil, "who has no password")
                #expect(try await found("other@example.com") == nil)
                #expect(try await found("") == nil)
                #expect(try await found("nobody@example.com") == nil)
                // A suspended person may return, so the address must not become somebody else's.
                try await house.ledger.suspend(dave.id, since: .noon, event: .note(.subjectSuspended))
                #expect(try await found("team@example.com") == nil)
                try await house.ledger.end(dave.id, at: nil, event: .note(.subjectEnded))
                #expect(try await found("team@example.com") == carol.id)
                #expect(try await found("bob") == bob.id)
            }
        }

        @Test("the administrators who are active are listed, by login", arguments: Engine.all)
        func list(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                #expect(try await ledger.administrators() == [])
                let zoe = try await house.administrator("Zoe")
                try await house.person("alice")
                let bob = try await house.person("bob", administrator: true)
                var suspended = try await house.person("carol", administrator: true)
                suspended.suspendedAt = .noon
                try await ledger.update(suspended, event: .note(.subjectSuspended))
                #expect(try await ledger.administrators().map(\.id) == [bob.id, zoe.id])
                try await ledger.appoint(bob.id, administrator: false, event: .note(.subjectDemoted))
                #expect(try await ledger.administrators().map(\.id) == [zoe.id])
            }
        }
    }
}
