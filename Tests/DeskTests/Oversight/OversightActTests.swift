import Ledger
import SignIn
import TestHouse
import Testing
import Tokens

@testable import Desk

/// What a token with `jeton:admin` never does is tried by the desk's own functions, each with everybody who could ask.
@Suite("Acts of tokens that oversee")
struct OversightActTests {
    let house: TestHouse
    let desk: TokenDesk
    let accounts: AccountDesk
    let people: PeopleDesk
    let trust: TrustDesk
    let root: Subject
    let bob: Subject
    let boss: Subject
    let siem: Subject

    init() async throws {
        house = try TestHouse()
        let services = [Service(name: try ServiceName("maven"))]
        desk = TokenDesk(
            ledger: house.ledger, services: services, clock: house.clock, format: .standard,
            overseers: [LoginPattern.standard])
        accounts = AccountDesk(
            ledger: house.ledger, clock: house.clock, services: services, administratorGroups: ["admins"])
        let issuer = FederationIssuer(
            name: "ci", issuer: "https://ci.test", audience: "desk", kind: .oidc,
            keys: .file { .failure(FederationIssuer.KeyFileFault(reason: "none")) })
        trust = TrustDesk(
            ledger: house.ledger, tokens: desk, verifier: IdentityVerifier([issuer], clock: house.clock),
            clock: house.clock)
        people = house.people(ProviderRule(administratorGroups: ["admins"]))
        root = try await house.person(
            "root", groups: ["ops"], administrator: true, password: "correct horse battery")
        boss = try await house.person("boss", groups: ["ops"], administrator: true)
        bob = try await house.person("bob", groups: ["ops"], password: "correct horse battery")
        siem = try await house.account("bot-siem", owners: ["ops"], groups: ["ops"])
        try await house.setApproval(ApprovalRules(all: ["ops"]))
    }

    /// One act, on things that are new to the house.
    struct Try: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let isForPeople: Bool
        let act: @Sendable (OversightActTests, Requester) async throws -> Void

        init(
            _ what: String, isForPeople: Bool,
            _ act: @escaping @Sendable (OversightActTests, Requester) async throws -> Void
        ) {
            testDescription = what
            self.isForPeople = isForPeople
            self.act = act
        }
    }

    static let reserved: [Try] = [
        .init("create a token for somebody", isForPeople: true) { test, by in
            _ = try await test.desk.create(.init(name: "x"), for: test.bob, by: by)
        },
        .init("create a token for its owner", isForPeople: true) { test, by in
            _ = try await test.desk.create(.init(name: "x"), for: by.subject ?? test.root, by: by)
        },
        .init("ask for a token", isForPeople: true) { test, by in
            _ = try await test.desk.requests.ask(
                for: .init(name: "x"), because: "x", for: by.subject ?? test.root, by: by)
        },
        .init("rotate somebody's token", isForPeople: true) { test, by in
            let token = try await test.house.token("t", of: test.bob).token
            _ = try await test.desk.rotate(token.id, of: test.bob, overlap: nil, by: by)
        },
        .init("rotate its owner's token", isForPeople: true) { test, by in
            let owner = by.subject ?? test.root
            let token = try await test.house.token("t", of: owner).token
            _ = try await test.desk.rotate(token.id, of: owner, overlap: nil, by: by)
        },
        .init("give a token more addresses", isForPeople: true) { test, by in
            let token = try await test.house.token("t", of: test.bob, addresses: ["10.0.0.0/8"]).token
            var edit = TokenEdit()
            edit.addresses = ["10.0.0.0/8", "192.0.2.1"]
            _ = try await test.desk.edit(token.id, of: test.bob, edit, by: by)
        },
        .init("hand a token over", isForPeople: true) { test, by in
            let token = try await test.house.token("t", of: test.bob, scopes: ["maven"]).token
            _ = try await test.desk.handOver(token.id, of: nil, to: "bot-siem", by: by)
        },
        .init("promote", isForPeople: true) { test, by in _ = try await test.people.promote(test.bob, by: by)
        },
        .init("demote", isForPeople: true) { test, by in _ = try await test.people.demote(test.boss, by: by)
        },
        .init("add a person", isForPeople: true) { test, by in
            _ = try await test.people.add(.init(login: "new"), password: nil, by: by)
        },
        .init("invite", isForPeople: true) { test, by in _ = try await test.people.invite(test.bob, by: by) },
        .init("set a password", isForPeople: true) { test, by in
            try await test.people.setPassword("another horse battery", of: test.bob, by: by)
        },
        .init("put somebody into a group of administrators", isForPeople: true) { test, by in
            _ = try await test.people.changeGroups(
                of: test.bob, GroupChange(adding: ["dev", "admins"], removing: []), by: by)
        },
        .init("take somebody out of a group of administrators", isForPeople: true) { test, by in
            _ = try await test.people.changeGroups(
                of: test.boss, GroupChange(adding: [], removing: ["admins"]), by: by)
        },
        .init("create an account in a group of administrators", isForPeople: true) { test, by in
            _ = try await test.accounts.add(
                AccountDraft(login: "bot-x", purpose: "x", owners: ["ops"], groups: ["admins"]), by: by)
        },
        .init("put an account into a group of administrators", isForPeople: true) { test, by in
            var draft = try await test.accounts.draft(of: test.siem)
            draft.groups.append("admins")
            _ = try await test.accounts.edit(test.siem.id, to: draft, by: by)
        },
        .init("approve a token with a scope at the desk", isForPeople: true) { test, by in
            let id = try await test.request(of: test.bob, scopes: ["jeton:manage"])
            try await test.desk.requests.decide(id, approving: true, by: by)
        },
        .init("approve that a token is handed over", isForPeople: true) { test, by in
            let id = try await test.handOverRequest(of: test.bob)
            try await test.desk.requests.decide(id, approving: true, by: by, overseeing: true)
        },
        .init("resume a token with a scope at the desk", isForPeople: true) { test, by in
            let token = try await test.house.token("t", of: test.bob, scopes: ["jeton:scim"]).token
            _ = try await test.desk.pause(token.id, of: nil, for: .days(1), by: .commandLine)
            _ = try await test.desk.resume(token.id, of: nil, by: by)
        },
        .init("resume an administrator", isForPeople: true) { test, by in
            let rogue = try await test.house.person("rogue", administrator: true)
            _ = try await test.people.resume(try await test.people.suspend(rogue, by: .commandLine), by: by)
        },
        .init("change a login", isForPeople: true) { test, by in
            _ = try await test.people.rename(test.bob, to: .init(login: "robert"), by: by)
        },
        .init("change an e-mail address", isForPeople: true) { test, by in
            _ = try await test.people.rename(test.bob, to: .init(email: "root@example.com"), by: by)
        },
        .init("add a trust rule", isForPeople: true) { test, by in
            let draft = TrustDraft(name: "x", issuer: "ci", claims: [.init("sub", "x")], scopes: ["maven"])
            _ = try await test.trust.add(draft, for: test.siem, by: by)
        },
        .init("remove a person", isForPeople: true) { test, by in
            try await test.people.remove(try await test.house.person("leaver"), by: by)
        },
    ]

    static let everyDayActs: [Try] = [
        .init("pause and resume a token", isForPeople: false) { test, by in
            let token = try await test.house.token("t", of: test.bob).token
            _ = try await test.desk.pause(token.id, of: nil, for: .days(1), by: by)
            _ = try await test.desk.resume(token.id, of: nil, by: by)
        },
        .init("revoke a token", isForPeople: false) { test, by in
            _ = try await test.desk.revoke(
                try await test.house.token("t", of: test.bob).token.id, of: nil, by: by)
        },
        .init("narrow a token", isForPeople: false) { test, by in
            let token = try await test.house.token("t", of: test.siem).token
            var edit = TokenEdit()
            edit.scopes = ["maven:read"]
            edit.addresses = ["10.0.0.0/8"]
            _ = try await test.desk.edit(token.id, of: test.siem, edit, by: by)
        },
        .init("suspend and resume a person", isForPeople: false) { test, by in
            _ = try await test.people.resume(try await test.people.suspend(test.bob, by: by), by: by)
        },
        .init("change a person's name", isForPeople: false) { test, by in
            let wanted = PeopleDesk.Rename(login: "bob", name: "Bob Builder", email: "")
            _ = try await test.people.rename(test.bob, to: wanted, by: by)
        },
        .init("end sessions", isForPeople: false) { test, by in
            _ = try await test.people.endSessions(of: test.bob, by: by)
            _ = try await test.people.endSession(SessionID(number: 1 << 40), of: test.bob, by: by)
        },
        .init("change groups", isForPeople: false) { test, by in
            _ = try await test.people.changeGroups(
                of: test.bob, GroupChange(adding: ["dev"], removing: []), by: by)
        },
        .init("remove a trust rule", isForPeople: false) { test, by in
            let draft = TrustDraft(name: "y", issuer: "ci", claims: [.init("sub", "x")], scopes: ["maven"])
            let rule = try await test.trust.add(draft, for: test.siem, by: .commandLine)
            try await test.trust.remove(rule.id, of: nil, by: by)
        },
        .init("create, change and remove an account", isForPeople: false) { test, by in
            let draft = AccountDraft(login: "bot-y", purpose: "x", owners: ["ops"], groups: ["dev"])
            let account = try await test.accounts.add(draft, by: by)
            _ = try await test.accounts.edit(account.id, to: draft, by: by)
            try await test.accounts.remove(account.id, by: by)
        },
        .init("approve a token for a service", isForPeople: false) { test, by in
            let id = try await test.request(of: try await test.house.person("erin"), scopes: ["maven"])
            try await test.desk.requests.decide(id, approving: true, by: by)
        },
    ]

    private func request(of person: Subject, scopes: [String]) async throws -> RequestID {
        try await desk.requests.ask(
            for: .init(name: "r", scopes: scopes), because: "r", for: person, by: .person(person, address: "")
        ).id
    }

    private func handOverRequest(of person: Subject) async throws -> RequestID {
        let other = try await house.account("bot-other", owners: ["dba"], stewards: [root, boss])
        let token = try await house.token("t", of: person, scopes: ["maven"]).token
        return try await desk.requests.askToHandOver(
            token.id, to: other.login.text, because: "r", by: .person(person, address: "")
        ).id
    }

    private func overseer(_ scope: String, of owner: Subject) async throws -> Requester {
        let name = TokenID.next(at: house.now).text
        let token = try await house.token(name, of: owner, scopes: [scope]).token
        return try await desk.overseer(
            .holder(of: token, owner: owner, address: ""),
            for: scope == "jeton:admin" ? .administration : .audit)
    }

    private func refusal(_ one: Try, by requester: Requester) async throws -> String? {
        do {
            try await one.act(self, requester)
            return nil
        } catch DeskFault.forbidden(let sentence) {
            return sentence
        }
    }

    @Test(
        "no token with jeton:admin does what makes credentials or keeps it alive",
        arguments: reserved, [true, false])
    func never(one: Try, isPersons: Bool) async throws {
        let told = try await refusal(one, by: overseer("jeton:admin", of: isPersons ? root : siem))
        #expect(told?.hasPrefix("A token with jeton:admin cannot ") == true, "\(told ?? "done")")
        #expect(told?.hasSuffix("an administrator does that, signed in at the desk.") == true)
    }

    @Test("a token with jeton:admin does what administrators do every day", arguments: everyDayActs)
    func everyDay(one: Try) async throws {
        #expect(try await refusal(one, by: overseer("jeton:admin", of: root)) == nil)
    }

    @Test("that of a service account does so, too", arguments: everyDayActs)
    func everyDayByAccount(one: Try) async throws {
        #expect(try await refusal(one, by: overseer("jeton:admin", of: siem)) == nil)
    }

    @Test("a token with jeton:audit changes nothing", arguments: reserved + everyDayActs)
    func reader(one: Try) async throws {
        let told = try await refusal(one, by: overseer("jeton:audit", of: root))
        #expect(told?.hasPrefix("A token with jeton:audit cannot ") == true, "\(told ?? "done")")
        if !one.isForPeople { #expect(told?.hasSuffix("use one with jeton:admin.") == true) }
    }

    @Test("every act has a sentence, and a token that does not oversee is judged by other rules")
    func sentences() async throws {
        let manager = try await house.token("m", of: root, scopes: ["jeton:manage"]).token
        let audit = try await overseer("jeton:audit", of: root)
        let admin = try await overseer("jeton:admin", of: root)
        for act in OversightAct.allCases {
            try Requester.holder(of: manager, owner: root, address: "").refuse(act)
            try Requester.person(root, address: "").refuse(act)
            try Requester.commandLine.refuse(act)
            #expect(throws: DeskFault.self) { try audit.refuse(act) }
            if act.isForPeople {
                #expect(throws: DeskFault.self) { try admin.refuse(act) }
            } else {
                try admin.refuse(act)
            }
        }
    }

    @Test("nobody decides by a token what its owner asked for")
    func ownRequests() async throws {
        let own = try await request(of: root, scopes: ["maven"])
        let stewards = try await request(of: bob, scopes: ["maven"])
        for approving in [true, false] {
            for (id, owner) in [(own, root), (own, siem), (stewards, siem)] {
                let told = try await refusal(
                    .init("decide", isForPeople: true) { test, by in
                        try await test.desk.requests.decide(id, approving: approving, by: by)
                    }, by: overseer("jeton:admin", of: owner))
                #expect(told?.contains("what its owner or a steward of its owner asked for") == true)
            }
        }
        try await desk.requests.decide(stewards, approving: true, by: overseer("jeton:admin", of: root))
    }

    @Test("it changes neither its own account nor its owner's groups")
    func owner() async throws {
        let admin = try await overseer("jeton:admin", of: siem)
        var draft = try await accounts.draft(of: siem)
        draft.addresses = []
        draft.purpose = "more"
        await #expect(throws: DeskFault.self) { try await accounts.edit(siem.id, to: draft, by: admin) }
        for owner in [root, siem] {
            let admin = try await overseer("jeton:admin", of: owner)
            await #expect(throws: DeskFault.self) {
                try await people.changeGroups(
                    of: owner, GroupChange(adding: ["dev"], removing: []), by: admin)
            }
        }
    }

    @Test("a token that the desk did not judge manages no account and decides nothing")
    func unjudged() async throws {
        let token = try await house.token("t", of: root, scopes: ["jeton:admin"]).token
        let unjudged = Requester.holder(of: token, owner: root, address: "")
        #expect(!unjudged.mayManageAccounts && unjudged.oversight == nil)
        let id = try await request(of: bob, scopes: ["maven"])
        await #expect(throws: DeskFault.self) {
            try await desk.requests.decide(id, approving: true, by: unjudged)
        }
    }

    @Test("any token that oversees revokes itself")
    func itself() async throws {
        for scope in ["jeton:admin", "jeton:audit"] {
            let token = try await overseer(scope, of: root)
            let revoked = try await desk.revoke(try #require(token.token).id, of: root, by: token)
            #expect(revoked.revocation?.reason == .byItself)
        }
    }
}
