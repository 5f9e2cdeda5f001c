import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Provisioned people") struct Provisioning {
        @Test(
            "a person is found by identifier, login and externalId, whatever their source",
            arguments: Engine.all)
        func found(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, provision) = try await house.provisioned("Alice")
                let bob = try await house.person("bob", email: "bob@example.com")
                let person = ProvisionedPerson(
                    subject: alice, externalID: "ext-Alice", details: "{}", modifiedAt: .noon)
                #expect(try await house.ledger.person(alice.id) == person)
                #expect(try await house.ledger.people(.name("ALICE")) == [person])
                #expect(try await house.ledger.people(.externalID("ext-Alice")) == [person])
                #expect(try await house.ledger.people(.externalID("EXT-alice")).isEmpty)
                #expect(try await house.ledger.people(.name("nobody")).isEmpty)
                let other = ProvisionedPerson(subject: bob, externalID: nil, details: nil, modifiedAt: .noon)
                #expect(try await house.ledger.people(nil) == [person, other])
                #expect(house.notified.subjects == [alice, bob])
                let same = Subject(id: .next(at: .noon), login: try Login("BOB"), createdAt: .noon)
                try await expect(.loginTaken, in: house) {
                    try await house.ledger.add(same, provisioned: provision, event: .note(.subjectAdded))
                }
            }
        }

        @Test("break-glass accounts are invisible to providers", arguments: Engine.all)
        func breakGlass(engine: Engine) async throws {
            try await engine.open { house in
                let root = Subject(
                    id: .next(at: .noon), login: try Login("root"), createdAt: .noon, isBreakGlass: true)
                try await house.ledger.add(root, event: .note(.subjectAdded))
                #expect(try await house.ledger.people(nil).isEmpty)
                #expect(try await house.ledger.person(root.id) == nil)
                let provision = Provision.saying("root2")
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.update(
                        root.id, at: 1, to: provision, events: [.note(.subjectChanged)])
                }
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.end(root.id, at: nil, event: .note(.subjectEnded))
                }
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.add(
                        .made("ops", [root.id]), administrators: [], event: .note(.groupAdded))
                }
            }
        }

        @Test(
            "the provider replaces what it wrote, at the revision that it read",
            arguments: Engine.all)
        func update(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, _) = try await house.provisioned("alice")
                try await house.person("bob")
                var news = Provision.saying("alicia")
                (news.name, news.email, news.externalID) = ("A.", "a@example.com", nil)
                news.details = #"{"displayName":"A."}"#
                let changed = try await house.ledger.update(
                    alice.id, at: 1, to: news,
                    events: [.note(.subjectChanged, at: .noon + .hours(1), about: alice)])
                #expect(changed.subject.login.text == "alicia")
                #expect((changed.subject.name, changed.subject.email) == ("A.", "a@example.com"))
                #expect((changed.externalID, changed.details) == (nil, news.details))
                #expect((changed.revision, changed.modifiedAt) == (2, .noon + .hours(1)))
                #expect(try await house.ledger.person(alice.id) == changed)
                #expect(house.notified.subjects.last == changed.subject)
                let stale = news
                try await expect(.changedMeanwhile, in: house) {
                    try await house.ledger.update(
                        alice.id, at: 1, to: stale, events: [.note(.subjectChanged)])
                }
                let taken = Provision.saying("BOB")
                try await expect(.loginTaken, in: house) {
                    try await house.ledger.update(
                        alice.id, at: 2, to: taken, events: [.note(.subjectChanged)])
                }
            }
        }

        @Test("an externalId belongs to one person", arguments: Engine.all)
        func externalIDs(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, provision) = try await house.provisioned("alice")
                let (bob, _) = try await house.provisioned("bob")
                let twin = Subject(id: .next(at: .noon), login: try Login("alice2"), createdAt: .noon)
                var word = provision
                word.login = twin.login
                let same = word
                try await expect(.externalIDTaken, in: house) {
                    try await house.ledger.add(twin, provisioned: same, event: .note(.subjectAdded))
                }
                #expect(try await house.ledger.subject(twin.id) == nil)
                word.login = bob.login
                let bobs = word
                try await expect(.externalIDTaken, in: house) {
                    try await house.ledger.update(bob.id, at: 1, to: bobs, events: [.note(.subjectChanged)])
                }
                // The person who has it keeps it, and its end frees it.
                try await house.ledger.update(
                    alice.id, at: 1, to: provision, events: [.note(.subjectChanged)])
                try await house.ledger.end(alice.id, at: nil, event: .note(.subjectEnded))
                try await house.ledger.update(bob.id, at: 1, to: bobs, events: [.note(.subjectChanged)])
                #expect(try await house.ledger.people(.externalID("ext-alice")).map(\.subject.id) == [bob.id])
            }
        }

        @Test("deactivation and suspension are independent", arguments: Engine.all)
        func twoSuspensions(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, _) = try await house.provisioned("alice")
                _ = try await house.session(of: alice)
                var word = Provision.saying("alice")
                word.isActive = false
                let off = try await house.ledger.update(
                    alice.id, at: 1, to: word, events: [.note(.subjectDeactivated, at: .noon + .hours(1))])
                #expect(off.subject.deactivatedAt == .noon + .hours(1))
                #expect(off.subject.isSuspended)
                #expect(try await house.ledger.sessions(of: alice.id).isEmpty)

                let both = try await house.ledger.suspend(
                    alice.id, since: .noon + .hours(2), event: .note(.subjectSuspended))
                #expect(both.deactivatedAt == .noon + .hours(1))
                word.isActive = true
                let on = try await house.ledger.update(
                    alice.id, at: 3, to: word, events: [.note(.subjectReactivated)])
                #expect(on.subject.deactivatedAt == nil)
                #expect(on.subject.suspendedAt == .noon + .hours(2))
                #expect(on.subject.isSuspended)

                // The desk does not change what the provider decided.
                word.isActive = false
                try await house.ledger.update(
                    alice.id, at: on.revision, to: word, events: [.note(.subjectDeactivated)])
                let resumed = try await house.ledger.suspend(
                    alice.id, since: nil, event: .note(.subjectResumed))
                #expect(resumed.suspendedAt == nil)
                try await house.ledger.update(alice, event: .note(.subjectChanged))
                try await house.ledger.update(alice.id, to: Profile(alice), event: .note(.subjectChanged))
                #expect(try await house.ledger.subject(alice.id)?.deactivatedAt == .noon)
                #expect(house.notified.subjects.last?.isSuspended == true)
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.suspend(
                        .next(at: .noon), since: .noon, event: .note(.subjectSuspended))
                }
            }
        }

        @Test("ending an account removes everything except the subject itself", arguments: Engine.all)
        func end(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, _) = try await house.provisioned("alice")
                let identity = Identity(issuer: "https://id.example", name: "1")
                try await house.ledger.join(identity, to: alice.id, event: .note(.subjectJoined))
                let (active, dead) = (
                    try await house.token("live", of: alice), try await house.token("dead", of: alice)
                )
                try await house.revoke(dead, at: .noon)
                try await house.ledger.setPassword(
                    .one, of: alice.id, keeping: nil, event: .note(.passwordSet))
                _ = try await house.session(of: alice)
                let invitation = Invitation(digest: .fresh(), subject: alice.id, expiresAt: .noon + .days(1))
                try await house.ledger.add(invitation)
                let group = ProvisionedGroup.made("ops", [alice.id])
                try await house.ledger.add(group, administrators: [], event: .note(.groupAdded))
                try await expect(.changedMeanwhile, in: house) {
                    try await house.ledger.end(alice.id, at: 99, event: .note(.subjectEnded))
                }

                house.notified.forget()
                let ending = Event.note(.subjectEnded, at: .noon + .days(1), about: alice)
                try await house.ledger.end(alice.id, at: nil, event: ending)
                let ended = try #require(try await house.ledger.subject(alice.id))
                #expect(ended.endedAt == .noon + .days(1))
                #expect(ended.isSuspended)
                #expect((ended.login.text, ended.name) == (alice.login.text, alice.name))
                #expect((ended.email, ended.groups) == (nil, []))
                #expect(house.notified.subjects == [ended])
                #expect(house.notified.records.map(\.id) == [active.id])
                let revocation = try await house.ledger.token(active.id)?.revocation
                #expect(revocation == .init(at: .noon + .days(1), by: nil, reason: .accountEnded))
                #expect(try await house.ledger.token(dead.id)?.revocation?.reason == .byOwner)
                #expect(try await house.ledger.sessions(of: alice.id).isEmpty)
                #expect(try await house.ledger.passwordHash(of: alice.id) == nil)
                #expect(try await house.ledger.invitation(invitation.digest) == nil)
                #expect(try await house.ledger.subject(of: identity) == nil)
                #expect(try await house.ledger.group(group.id)?.members == [])
                #expect(try await house.ledger.person(alice.id) == nil)
                #expect(try await house.ledger.people(.externalID("ext-alice")).isEmpty)
                #expect(try await house.ledger.subject(login: Login("alice")) == nil)
                #expect(try await house.events().first == ending)

                // Nothing revives an ended account.
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.update(ended, event: .note(.subjectChanged))
                }
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.update(
                        ended.id, to: Profile(ended), event: .note(.subjectChanged))
                }
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.suspend(ended.id, since: nil, event: .note(.subjectResumed))
                }
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.end(ended.id, at: nil, event: .note(.subjectEnded))
                }
                // Another person gets the login, and nothing else of the account.
                let (heir, _) = try await house.provisioned("ALICE")
                try await house.ledger.join(identity, to: heir.id, event: .note(.subjectJoined))
                #expect(try await house.ledger.subject(login: Login("alice")) == heir)
                #expect(
                    try await house.ledger.tokens(TokenQuery(owner: heir.id, now: .noon)).isEmpty)
                let present = SubjectQuery(.person, search: "alice", now: .noon)
                #expect(try await house.ledger.subjects(present).map(\.subject.id) == [heir.id])
            }
        }

        @Test(
            "an identity joins only an active, provisioned person without one at that issuer",
            arguments: Engine.all)
        func join(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, _) = try await house.provisioned("alice")
                let local = try await house.person("bob")
                let (off, _) = try await house.provisioned("off")
                try await house.ledger.suspend(off.id, since: .noon, event: .note(.subjectSuspended))
                func join(_ name: String, _ subject: Subject, issuer: String = "https://id.example")
                    async throws
                {
                    try await house.ledger.join(
                        Identity(issuer: issuer, name: name), to: subject.id, event: .note(.subjectJoined))
                }
                try await expect(.noSuchSubject, in: house) { try await join("1", local) }
                try await expect(.noSuchSubject, in: house) { try await join("1", off) }
                try await join("1", alice)
                try await expect(.identityTaken, in: house) { try await join("1", alice) }
                try await expect(.identityTaken, in: house) { try await join("2", alice) }
                try await join("1", alice, issuer: "https://other.example")
                let identity = Identity(issuer: "https://id.example", name: "1")
                #expect(try await house.ledger.subject(of: identity) == alice)
            }
        }
    }

    @Suite("Released and joined identities") struct Releases {
        private let old = Identity(issuer: "https://id.example", name: "old")
        private let new = Identity(issuer: "https://id.example", name: "ext-alice")

        @Test("another identity replaces one where SCIM says so", arguments: Engine.all)
        func rejoin(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, _) = try await house.provisioned("alice")
                func rejoin() async throws {
                    try await house.ledger.rejoin(
                        new, to: alice.id, events: [.note(.identityReleased), .note(.subjectJoined)])
                }
                // There is no identity to replace.
                try await expect(.identityTaken, in: house, rejoin)
                try await house.ledger.join(old, to: alice.id, event: .note(.subjectJoined))
                // One at another issuer stays, and a sign-in later than the `externalId` refuses.
                let elsewhere = Identity(issuer: "https://other.example", name: "1")
                try await house.ledger.join(elsewhere, to: alice.id, event: .note(.subjectJoined))
                try await signIn(alice, at: .noon + .hours(1), in: house)
                try await expect(.identityTaken, in: house, rejoin)
                try await rename(alice, "other", at: .noon + .hours(2), in: house)
                try await rename(alice, "ext-alice", at: .noon + .hours(2), in: house)
                #expect(try await house.ledger.sessions(of: alice.id).count == 1)
                try await rejoin()
                #expect(try await house.ledger.subject(of: new)?.id == alice.id)
                #expect(try await house.ledger.subject(of: old) == nil)
                #expect(try await house.ledger.subject(of: elsewhere)?.id == alice.id)
                #expect(try await house.ledger.sessions(of: alice.id).isEmpty)
                #expect(try await house.events().contains { $0.kind == .identityReleased })
                try await expect(.identityTaken, in: house, rejoin)
            }
        }

        @Test("not for a suspended person, nor by another's externalId", arguments: Engine.all)
        func refused(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, _) = try await house.provisioned("alice")
                let (bob, _) = try await house.provisioned("bob")
                for (subject, name) in [(alice, "old"), (bob, "bob")] {
                    try await house.ledger.join(
                        Identity(issuer: old.issuer, name: name), to: subject.id, event: .note(.subjectJoined)
                    )
                }
                let new = new
                try await expect(.identityTaken, in: house) {
                    try await house.ledger.rejoin(new, to: bob.id, events: [])
                }
                let bobs = Identity(issuer: old.issuer, name: "bob")
                try await expect(.identityTaken, in: house) {
                    try await house.ledger.rejoin(bobs, to: alice.id, events: [])
                }
                try await house.ledger.suspend(alice.id, since: .noon, event: .note(.subjectSuspended))
                try await expect(.identityTaken, in: house) {
                    try await house.ledger.rejoin(new, to: alice.id, events: [])
                }
            }
        }

        @Test(
            "a released identity is free, and another may be joined for a week, once",
            arguments: Engine.all)
        func release(engine: Engine) async throws {
            try await engine.open { house in
                let alice = Subject(id: .next(at: .noon), login: try Login("alice"), createdAt: .noon)
                try await house.ledger.add(alice, identity: old, event: .note(.subjectAdded))
                try await signIn(alice, at: .noon, in: house)
                let (old, new) = (old, new)
                func join(at moment: Timestamp) async throws {
                    try await house.ledger.join(
                        new, to: alice.id, event: .note(.subjectJoined, at: moment, about: alice))
                }
                let end = Timestamp.noon + LedgerLimits.releaseLasting
                try await expect(.identityTaken, in: house) { try await join(at: .noon) }
                let event = Event.note(.identityReleased, at: .noon, about: alice)
                try await house.ledger.releaseIdentities(of: alice.id, event: event)
                #expect(try await house.events().first == event)
                #expect(try await house.ledger.subject(of: old) == nil)
                #expect(try await house.ledger.sessions(of: alice.id).isEmpty)
                #expect(try await house.ledger.person(alice.id)?.releasedAt == .noon)
                try await expect(.noSuchIdentity, in: house) {
                    try await house.ledger.releaseIdentities(of: alice.id, event: event)
                }
                try await expect(.noSuchSubject, in: house) { try await join(at: end) }
                try await join(at: end - .seconds(1))
                #expect(try await house.ledger.subject(of: new)?.id == alice.id)
                #expect(try await house.ledger.person(alice.id)?.releasedAt == nil)
            }
        }

        @Test("a provisioned person keeps the provisioned login", arguments: Engine.all)
        func login(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, _) = try await house.provisioned("alice")
                try await house.person("taken")
                var profile = Profile(alice)
                (profile.login, profile.name) = (try Login("taken"), "A.")
                let updated = try await house.ledger.update(
                    alice.id, to: profile, event: .note(.subjectChanged))
                #expect((updated.login.text, updated.name) == ("alice", "A."))
                #expect(try await house.ledger.subject(login: Login("alice"))?.id == alice.id)
            }
        }

        private func signIn(_ subject: Subject, at moment: Timestamp, in house: House) async throws {
            try await house.ledger.add(
                Session(
                    id: .next(at: moment), digest: .fresh(), subject: subject.id, createdAt: moment,
                    lastSeenAt: moment, address: "", client: "", providerSession: ""),
                event: .note(.signedIn))
        }

        private func rename(
            _ subject: Subject, _ name: String, at moment: Timestamp, in house: House
        ) async throws {
            let person = try #require(try await house.ledger.person(subject.id))
            var word = Provision.saying(person.subject.login.text)
            word.externalID = name
            try await house.ledger.update(
                subject.id, at: person.revision, to: word,
                events: [.note(.subjectChanged, at: moment, about: subject)])
        }
    }

    @Suite("Provisioned groups") struct Groups {
        @Test("a group is read as it was written, by name and by externalId", arguments: Engine.all)
        func found(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                var group = ProvisionedGroup.made("Ops", [alice.id])
                group.externalID = "g-1"
                let other = ProvisionedGroup.made("devs", [])
                for each in [group, other] {
                    try await house.ledger.add(each, administrators: [], event: .note(.groupAdded))
                }
                #expect(try await house.ledger.group(group.id) == group)
                #expect(try await house.ledger.groups(nil) == [group, other])
                #expect(try await house.ledger.groups(.name("OPS")) == [group])
                #expect(try await house.ledger.groups(.externalID("g-1")) == [group])
                #expect(try await house.ledger.groups(.externalID("G-1")).isEmpty)
                #expect(try await house.ledger.group(.next(at: .noon)) == nil)
                #expect(
                    try await house.ledger.person(alice.id)?.groups
                        == [.init(id: group.id, name: "Ops")])
            }
        }

        @Test(
            "claimed and provisioned groups are united",
            arguments: Engine.all)
        func united(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                var profile = Profile(alice)
                profile.groups = ["staff", "both"]
                try await house.ledger.update(alice.id, to: profile, event: .note(.subjectChanged))
                var group = ProvisionedGroup.made("ops", [alice.id])
                try await house.ledger.add(group, administrators: [], event: .note(.groupAdded))
                #expect(house.notified.subjects.last?.groups == ["staff", "both", "ops"])
                for name in ["both", "with,comma", "line\nbreak", ""] {
                    try await house.ledger.add(
                        .made(name, [alice.id]), administrators: [], event: .note(.groupAdded))
                }
                #expect(house.notified.subjects.last?.groups == ["staff", "both", "ops"])
                #expect(
                    try await house.ledger.groups(of: alice.id)
                        == GroupsByWay(claimed: ["staff", "both"], provisioned: ["both", "ops"]))

                // The next sign-in replaces the claimed groups only.
                profile.groups = ["guests"]
                let signedIn = try await house.ledger.update(
                    alice.id, to: profile, event: .note(.subjectChanged))
                #expect(signedIn.groups == ["guests", "both", "ops"])
                // Nor does the desk store provisioned groups as claimed.
                try await house.ledger.update(signedIn, event: .note(.subjectChanged))
                try await house.ledger.suspend(alice.id, since: .noon, event: .note(.subjectSuspended))
                group.name = "operations"
                group = try await house.ledger.update(group, administrators: [], event: .note(.groupChanged))
                #expect(house.notified.subjects.last?.groups == ["guests", "both", "operations"])
                try await house.ledger.remove(
                    group.id, at: group.revision, administrators: [], event: .note(.groupRemoved))
                #expect(house.notified.subjects.last?.groups == ["guests", "both"])
                #expect(try await house.ledger.group(group.id) == nil)
            }
        }

        @Test("a group that exists is not added again", arguments: Engine.all)
        func twins(engine: Engine) async throws {
            try await engine.open { house in
                var named = ProvisionedGroup.made("ops", [])
                named.externalID = "g-1"
                let nameless = ProvisionedGroup.made("ops", [])
                for each in [named, nameless] {
                    try await house.ledger.add(each, administrators: [], event: .note(.groupAdded))
                }
                var twin = ProvisionedGroup.made("other", [])
                twin.externalID = "g-1"
                try await refused(twin, .externalIDTaken)
                try await refused(.made("ops", []), .groupNameTaken)
                // Services receive the names of groups byte for byte.
                var other = ProvisionedGroup.made("OPS", [])
                try await house.ledger.add(other, administrators: [], event: .note(.groupAdded))
                other.externalID = "g-1"
                let renamed = other
                try await expect(.externalIDTaken, in: house) {
                    try await house.ledger.update(renamed, administrators: [], event: .note(.groupChanged))
                }
                named.members = [try await house.person("alice").id]
                try await house.ledger.update(named, administrators: [], event: .note(.groupChanged))

                func refused(_ group: ProvisionedGroup, _ error: LedgerError) async throws {
                    try await expect(error, in: house) {
                        try await house.ledger.add(group, administrators: [], event: .note(.groupAdded))
                    }
                }
            }
        }

        @Test(
            "members change at the revision that was read, and former members are notified",
            arguments: Engine.all)
        func members(engine: Engine) async throws {
            try await engine.open { house in
                let people = [
                    try await house.person("a"), try await house.person("b"), try await house.person("c"),
                ]
                var group = ProvisionedGroup.made("ops", [people[0].id, people[1].id])
                try await house.ledger.add(group, administrators: [], event: .note(.groupAdded))
                house.notified.forget()
                group.members = [people[1].id, people[2].id]
                let changed = try await house.ledger.update(
                    group, administrators: [], event: .note(.groupChanged, at: .noon + .hours(1)))
                #expect((changed.revision, changed.members) == (2, group.members))
                #expect(changed.modifiedAt == .noon + .hours(1))
                #expect(Set(house.notified.subjects.map(\.login.text)) == ["a", "c"])
                #expect(try await house.ledger.subject(people[0].id)?.groups == [])
                #expect(try await house.ledger.subject(people[2].id)?.groups == ["ops"])
                let stale = group
                try await expect(.changedMeanwhile, in: house) {
                    try await house.ledger.update(stale, administrators: [], event: .note(.groupChanged))
                }
                try await expect(.changedMeanwhile, in: house) {
                    try await house.ledger.remove(
                        stale.id, at: 1, administrators: [], event: .note(.groupRemoved))
                }
                var strange = changed
                strange.members.insert(.next(at: .noon))
                let withNobody = strange
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.update(withNobody, administrators: [], event: .note(.groupChanged))
                }
                #expect(try await house.ledger.group(group.id) == changed)
                let unknown = ProvisionedGroup.made("x", [])
                try await expect(.noSuchGroup, in: house) {
                    try await house.ledger.update(unknown, administrators: [], event: .note(.groupChanged))
                }
                try await expect(.noSuchGroup, in: house) {
                    try await house.ledger.remove(
                        unknown.id, at: nil, administrators: [], event: .note(.groupRemoved))
                }
            }
        }

        @Test(
            "members of an administrators' group are administrators until they leave it",
            arguments: Engine.all)
        func administrators(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
                let group = ProvisionedGroup.made("admins", [alice.id])
                try await house.ledger.add(group, administrators: ["admins"], event: .note(.groupAdded))
                #expect(house.notified.subjects.last?.isAdministrator == true)
                var changed = group
                changed.members = [bob.id]
                try await house.ledger.update(
                    changed, administrators: ["admins"], event: .note(.groupChanged))
                #expect(try await house.ledger.subject(alice.id)?.isAdministrator == false)
                #expect(try await house.ledger.subject(bob.id)?.isAdministrator == true)
                // Without an administrators' group, groups do not decide.
                try await house.ledger.remove(
                    group.id, at: nil, administrators: [], event: .note(.groupRemoved))
                #expect(try await house.ledger.subject(bob.id)?.isAdministrator == true)
            }
        }
    }
}

extension House {
    /// Adds a person as a provider does.
    func provisioned(_ login: String) async throws -> (Subject, Provision) {
        let provision = Provision.saying(login)
        let subject = Subject(
            id: .next(at: .noon), login: provision.login, name: provision.name, email: provision.email,
            createdAt: .noon)
        try await ledger.add(subject, provisioned: provision, event: .note(.subjectAdded, about: subject))
        return (subject, provision)
    }
}

extension Provision {
    static func saying(_ login: String) -> Provision {
        Provision(
            login: (try? Login(login))!, name: login, email: "\(login)@example.com", isActive: true,
            externalID: "ext-\(login)", details: "{}")
    }
}

extension ProvisionedGroup {
    static func made(_ name: String, _ members: Set<SubjectID>) -> ProvisionedGroup {
        ProvisionedGroup(id: .next(at: .noon), name: name, members: members, createdAt: .noon)
    }
}
