import Ledger
import SQLLedger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Service accounts") struct Accounts {
        @Test("an account is kept with everything, and is no person", arguments: Engine.all)
        func kept(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let account = ServiceAccount(
                    purpose: "Nightly builds", owners: ["build-team", "a,b"], stewards: [alice.id],
                    services: [try ServiceName("maven")], addresses: [AddressRange("10.0.0.0/8")!],
                    reviewOn: house.now + .days(90))
                let ci = try await house.account("bot-ci", account)
                #expect(ci.account == account)
                #expect(try await house.ledger.accounts() == [ci])
                #expect(try await house.ledger.subject(ci.id) == ci)
                #expect(try await house.ledger.subjects(matching: nil) == [alice])
                #expect(try await house.ledger.people(nil).map(\.subject) == [alice])
                var changed = account
                changed.purpose = "All builds"
                changed.services = []
                changed.reviewOn = nil
                let now = try await house.ledger.change(
                    ci.id, title: try PersonName("Builds"), account: changed,
                    event: .note(.accountChanged, about: ci))
                #expect(now.account == changed)
                #expect(now.name == "Builds")
                #expect(house.notified.subjects.last == now)
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.change(
                        alice.id, title: try PersonName("Builds"), account: changed,
                        event: .note(.accountChanged))
                }
            }
        }

        @Test("removing an account revokes its tokens and frees its login", arguments: Engine.all)
        func removed(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let ci = try await house.account("bot-ci", ServiceAccount(purpose: "", stewards: [alice.id]))
                let token = try await house.token("CI", of: ci)
                try await house.ledger.remove(ci.id, event: .note(.subjectEnded, about: ci))
                #expect(try await house.ledger.token(token.id)?.revocation?.reason == .accountEnded)
                #expect(try await house.ledger.accounts() == [])
                try await house.account("bot-ci", ServiceAccount(purpose: "", stewards: [alice.id]))
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.remove(alice.id, event: .note(.subjectEnded))
                }
            }
        }

        @Test("people and accounts are counted, without those whose account is closed", arguments: Engine.all)
        func counted(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                #expect(try await ledger.subjectCounts() == SubjectCounts(people: 0, accounts: 0))
                let alice = try await house.person("alice")
                _ = try await house.person("bob")
                let ci = try await house.account("bot-ci", ServiceAccount(purpose: "", stewards: [alice.id]))
                #expect(try await ledger.subjectCounts() == SubjectCounts(people: 2, accounts: 1))
                try await ledger.remove(ci.id, event: .note(.subjectEnded, about: ci))
                #expect(try await ledger.subjectCounts() == SubjectCounts(people: 2, accounts: 0))
            }
        }

        @Test("the last steward who leaves is noticed, and the first who comes back", arguments: Engine.all)
        func stewardsLeave(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let alice = try await house.person("alice")
                let bob = try await house.person("bob")
                let ci = try await house.account(
                    "bot-ci", ServiceAccount(purpose: "", owners: ["build-team"], stewards: [alice.id]))
                #expect(try await since(ci, in: house) == nil)
                func move(_ person: Subject, in group: Bool) async throws {
                    try await ledger.changeGroups(
                        of: person.id, adding: group ? ["build-team"] : [],
                        removing: group ? [] : ["build-team"], event: .note(.subjectGroupsChanged))
                }
                try await move(bob, in: true)
                // Either is enough, in whatever order they leave.
                try await ledger.suspend(alice.id, since: house.now, event: .note(.subjectSuspended))
                #expect(try await since(ci, in: house) == nil)
                try await move(bob, in: false)
                let left = try await since(ci, in: house)
                #expect(left == house.now)
                #expect(house.notified.subjects.last?.account?.unattendedSince == left)
                #expect(try await noticed(.accountUnattended, in: house) == [ci.id])
                // Changes of others, and of the account itself, leave it so.
                try await house.person("carol")
                try await ledger.changeGroups(
                    of: ci.id, adding: ["build-team"], removing: [], event: .note(.subjectGroupsChanged))
                #expect(try await since(ci, in: house) == left)
                try await ledger.suspend(alice.id, since: nil, event: .note(.subjectResumed))
                #expect(try await since(ci, in: house) == nil)
                #expect(try await noticed(.accountAttended, in: house) == [ci.id])
                try await ledger.end(alice.id, at: nil, event: .note(.subjectEnded))
                #expect(try await since(ci, in: house) != nil)
                try await move(bob, in: true)
                #expect(try await since(ci, in: house) == nil)
            }
        }

        @Test("provisioned groups have stewards, and deactivated people are none", arguments: Engine.all)
        func provisioned(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let ci = try await house.account(
                    "bot-ci", ServiceAccount(purpose: "", owners: ["build-team"]))
                #expect(try await since(ci, in: house) == house.now, "nobody is in the group yet")
                let bob = try await house.person("bob")
                var group = ProvisionedGroup(
                    id: .next(at: house.now), name: "build-team", members: [bob.id], createdAt: house.now)
                try await ledger.add(group, administrators: [], event: .note(.groupAdded))
                #expect(try await since(ci, in: house) == nil)
                group = try #require(try await ledger.group(group.id))
                group.members = []
                try await ledger.update(group, administrators: [], event: .note(.groupChanged))
                #expect(try await since(ci, in: house) == house.now)
                group = try #require(try await ledger.group(group.id))
                group.members = [bob.id]
                try await ledger.update(group, administrators: [], event: .note(.groupChanged))
                let person = try #require(try await ledger.person(bob.id))
                try await ledger.update(
                    bob.id, at: person.revision,
                    to: Provision(
                        login: bob.login, name: bob.name, email: nil, isActive: false, externalID: nil,
                        details: "{}"), events: [.note(.subjectDeactivated)])
                #expect(try await since(ci, in: house) == house.now)
            }
        }

        @Test("the sweep decides again", arguments: Engine.all)
        func settled(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let ci = try await house.account("bot-ci", ServiceAccount(purpose: "", stewards: [alice.id]))
                let before = try await house.events().count
                try await house.ledger.settleStewards(at: house.now + .days(1))
                #expect(try await since(ci, in: house) == nil)
                #expect(try await house.events().count == before)
            }
        }

        @Test("no person gets a login that is kept for accounts", arguments: Engine.all)
        func reserved(engine: Engine) async throws {
            try await engine.open { house in
                try await expect(.loginReserved, in: house) { try await house.person("Bot-CI") }
                let alice = try await house.person("alice")
                var profile = Profile(alice)
                profile.login = try Login("bot-alice")
                try await expect(.loginReserved, in: house) {
                    try await house.ledger.update(alice.id, to: profile, event: .note(.subjectChanged))
                }
                let ci = try await house.account("bot-ci", ServiceAccount(purpose: "", stewards: [alice.id]))
                try await expect(.loginTaken, in: house) {
                    try await house.account("BOT-CI", ServiceAccount(purpose: ""))
                }
                #expect(try await house.ledger.subject(login: ci.login) == ci)
            }
        }

        private func noticed(_ kind: Event.Kind, in house: House) async throws -> [SubjectID?] {
            try await house.events().filter { $0.kind == kind }.map(\.subject)
        }

        private func since(_ account: Subject, in house: House) async throws -> Timestamp? {
            try await house.ledger.subject(account.id)?.account?.unattendedSince
        }
    }
}

extension House {
    /// Adds a service account.
    @discardableResult
    func account(_ login: String, _ account: ServiceAccount) async throws -> Subject {
        let subject = Subject(
            id: .next(at: now), login: try Login(login), createdAt: now, account: account)
        try await ledger.add(subject, event: .note(.subjectAdded, about: subject))
        return try #require(try await ledger.subject(subject.id))
    }
}
