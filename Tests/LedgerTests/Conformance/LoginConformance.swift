import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Logins and what else people type") struct Logins {
        @Test(
            "a login from a directory is kept, and found in every case and composition",
            arguments: Engine.all)
        func directories(engine: Engine) async throws {
            let logins = [
                "siobhan.o'brien@example.com", "guest_example.com#EXT#@tenant.example", "DOMAIN\\alice",
                "Alice Doe", "a,b;\"c\" %_*?", "=cmd|' /C calc'!A0", "Zoë", "\u{212A}im",
                String(repeating: "x", count: 254), String(repeating: "語", count: 254),
                String(repeating: "\u{10330}", count: 254),
            ]
            try await engine.open { house in
                for login in logins {
                    let subject = try await house.person(login)
                    for typed in [login, login.lowercased(), login.uppercased(), login.normalized.folded] {
                        let found = try await house.ledger.subject(login: Login(typed))
                        #expect(found?.id == subject.id)
                        #expect(found?.login.text.isExactly(login) == true)
                    }
                    try await expect(.loginTaken, in: house) { try await house.person(login.folded) }
                    #expect(
                        try await house.ledger.people(.name(login.folded)).map(\.subject.id) == [subject.id])
                    #expect(try await house.ledger.subjects(matching: login).map(\.id).contains(subject.id))
                }
                #expect(try await house.ledger.subjectsSharingLogin() == [])
            }
        }

        @Test(
            "the login of an ended account is free, whatever others are called",
            arguments: Engine.all)
        func ended(engine: Engine) async throws {
            try await engine.open { house in
                let (first, _) = try await house.provisioned("alice doe")
                // The form in which ended accounts were marked formerly.
                let decoy = try await house.person("alice doe \(first.id.number)")
                try await house.ledger.end(first.id, at: nil, event: .note(.subjectEnded))
                #expect(try await house.ledger.subject(login: Login("alice doe")) == nil)
                #expect(try await house.ledger.people(.name("alice doe")) == [])
                let second = try await house.person("ALICE DOE")
                #expect(try await house.ledger.subject(login: Login("alice doe"))?.id == second.id)
                #expect(try await house.ledger.subject(login: decoy.login)?.id == decoy.id)
                #expect(try await house.ledger.subjectsSharingLogin() == [])
            }
        }

        @Test("a new spelling of one's own login is kept by its bytes", arguments: Engine.all)
        func spelling(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("Zoë")
                for login in ["zoë", "Zoe\u{308}", "ZOË"] {
                    var profile = Profile(alice)
                    profile.login = try Login(login)
                    #expect(profile != Profile(alice))
                    let kept = try await house.ledger.update(
                        alice.id, to: profile, event: .note(.subjectChanged))
                    #expect(kept.login.text.isExactly(login))
                }
                var word = Provision.saying("kim")
                let former = word
                word.login = try Login("\u{212A}im")
                #expect(word != former)
            }
        }

        @Test(
            "a name that only looks like an administrators' group makes no administrator",
            arguments: Engine.all)
        func groups(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.provisioned("alice").0
                func isAdministrator(in name: String) async throws -> Bool? {
                    let group = ProvisionedGroup.made(name, [alice.id])
                    try await house.ledger.add(
                        group, administrators: ["Kadmins", "others"], event: .note(.groupAdded))
                    return try await house.ledger.subject(alice.id)?.isAdministrator
                }
                #expect(try await isAdministrator(in: "\u{212A}admins") == false)
                #expect(try await isAdministrator(in: "Kadmins") == true)
                let groups = try await house.ledger.groups(of: alice.id)
                #expect(groups.all.map(ExactText.init).count == 2)
            }
        }

        @Test("an externalId and an identity are compared byte by byte", arguments: Engine.all)
        func bytes(engine: Engine) async throws {
            try await engine.open { house in
                let kim = try await house.provisioned("Kim").0
                #expect(try await house.ledger.people(.externalID("ext-Kim")).map(\.subject) == [kim])
                #expect(try await house.ledger.people(.externalID("ext-\u{212A}im")) == [])
                let identity = Identity(issuer: "https://K.example", name: "K")
                try await house.ledger.join(identity, to: kim.id, event: .note(.subjectJoined))
                #expect(try await house.ledger.subject(of: identity) == kim)
                for other in [
                    Identity(issuer: "https://\u{212A}.example", name: "K"),
                    Identity(issuer: "https://K.example", name: "\u{212A}"),
                ] {
                    #expect(try await house.ledger.subject(of: other) == nil)
                    #expect(other != identity)
                }
            }
        }

        @Test("token names are equal in every case and composition", arguments: Engine.all)
        func tokenNames(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                try await house.token("Zoë’s K", of: alice)
                for name in ["zoe\u{308}’s k", "ZOË’S \u{212A}"] {
                    try await expect(.nameTaken, in: house) { try await house.token(name, of: alice) }
                }
            }
        }

        @Test("a password gets another hash without an event, and no session ends", arguments: Engine.all)
        func rehash(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                try await house.ledger.setPassword(
                    .one, of: alice.id, keeping: nil, event: .note(.passwordSet, about: alice))
                let session = try await house.session(of: alice)
                let events = try await house.events()
                try await house.ledger.keep(.two, of: alice.id, replacing: .one)
                #expect(try await house.ledger.passwordHash(of: alice.id) == .two)
                #expect(try await house.ledger.session(session.digest) == session)
                #expect(try await house.events() == events)
                try await expect(.changedMeanwhile, in: house) {
                    try await house.ledger.keep(.one, of: alice.id, replacing: .one)
                }
                #expect(try await house.ledger.passwordHash(of: alice.id) == .two)
            }
        }
    }
}
