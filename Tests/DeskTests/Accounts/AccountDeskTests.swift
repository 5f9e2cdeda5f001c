import Ledger
import SignIn
import TestHouse
import Testing
import Tokens

@testable import Desk

@Suite("Service accounts at the desk")
struct AccountDeskTests {
    let house: TestHouse
    let desk: AccountDesk
    let root: Subject
    let alice: Subject

    init() async throws {
        house = try TestHouse()
        desk = AccountDesk(
            ledger: house.ledger, clock: house.clock, services: [Service(name: try ServiceName("maven"))])
        root = try await house.person("root", administrator: true)
        alice = try await house.person("alice", groups: ["build-team"])
    }

    private func draft(_ change: (inout AccountDraft) -> Void = { _ in }) -> AccountDraft {
        var draft = AccountDraft(login: "bot-ci", purpose: "Nightly builds", owners: ["build-team"])
        change(&draft)
        return draft
    }

    private func requester(_ person: Subject) -> Requester { .person(person, address: "192.0.2.1") }

    private var localAccounts: LocalAccounts {
        let sessions = Sessions(ledger: house.ledger, clock: house.clock, settings: SignInSettings())
        return LocalAccounts(
            ledger: house.ledger, sessions: sessions, clock: house.clock, format: .standard, key: house.key,
            settings: SignInSettings())
    }

    @Test("an administrator and the operator create accounts, and nobody else")
    func whoCreates() async throws {
        let ci = try await desk.add(draft(), by: requester(root))
        #expect(ci.account?.owners == ["build-team"] && ci.name == "bot-ci" && ci.groups == [])
        #expect(try await desk.accounts() == [ci])
        _ = try await desk.add(draft { $0.login = "bot-2" }, by: .commandLine)
        let token = try await house.token("manage", of: root).token
        for requester in [requester(alice), .holder(of: token, owner: root, address: "")] {
            await #expect(throws: DeskFault.self) {
                try await desk.add(draft { $0.login = "bot-3" }, by: requester)
            }
            await #expect(throws: DeskFault.self) { try await desk.edit(ci.id, to: draft(), by: requester) }
            await #expect(throws: DeskFault.self) { try await desk.remove(ci.id, by: requester) }
        }
        #expect(try await desk.accounts().count == 2)
    }

    @Test(
        "the faults of all fields are told at once",
        arguments: [
            ("login", AccountDraft(login: "ci", purpose: "x", owners: ["a"]), "must fit “bot-*”"),
            ("login", AccountDraft(login: "", purpose: "x", owners: ["a"]), "must not be empty"),
            ("purpose", AccountDraft(login: "bot-ci", owners: ["a"]), "say what the account is for"),
            ("owners", AccountDraft(login: "bot-ci", purpose: "x"), "at least two stewards"),
            (
                "owners", AccountDraft(login: "bot-ci", purpose: "x", stewards: ["alice"]),
                "at least two stewards"
            ),
            (
                "stewards", AccountDraft(login: "bot-ci", purpose: "x", stewards: ["alice", "nobody"]),
                "there is no person “nobody”"
            ),
            (
                "services", AccountDraft(login: "bot-ci", purpose: "x", owners: ["a"], services: ["git"]),
                "use maven"
            ),
            (
                "addresses", AccountDraft(login: "bot-ci", purpose: "x", owners: ["a"], addresses: ["home"]),
                "is not an IP address"
            ),
            (
                "groups", AccountDraft(login: "bot-ci", purpose: "x", owners: ["a"], groups: ["a,b"]),
                "is not a group name"
            ),
        ])
    func faults(field: String, draft: AccountDraft, words: String) async throws {
        let fault = await #expect(throws: DeskFault.self) { try await desk.add(draft, by: .commandLine) }
        guard case .invalid(let faults)? = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(faults.contains { $0.field == field && $0.detail.contains(words) }, "\(faults)")
    }

    @Test("editing keeps the login, and no event where nothing changes")
    func edit() async throws {
        let ci = try await desk.add(draft(), by: requester(root))
        let events = try await house.ledger.events(about: ci.id, before: nil, limit: 10).count
        #expect(try await desk.edit(ci.id, to: draft { $0.title = "bot-ci" }, by: requester(root)) == ci)
        #expect(try await house.ledger.events(about: ci.id, before: nil, limit: 10).count == events)
        let changed = try await desk.edit(
            ci.id,
            to: draft {
                $0.login = "bot-other"
                $0.groups = ["ci"]
                $0.services = ["maven"]
            }, by: requester(root))
        #expect(changed.login == ci.login && changed.groups == ["ci"])
        #expect(changed.account?.services.map(\.text) == ["maven"])
    }

    @Test("an account has no way to sign in, and administers nothing")
    func noSignIn() async throws {
        let ci = try await desk.add(draft(), by: requester(root))
        let people = PeopleDesk(ledger: house.ledger, accounts: localAccounts, clock: house.clock)
        func expectRefusal(_ body: () async throws -> Void) async {
            do {
                try await body()
                Issue.record("not refused")
            } catch {
                #expect("\(error)".contains("is a service account"))
            }
        }
        await expectRefusal { _ = try await people.invite(ci, by: .commandLine) }
        await expectRefusal { _ = try await people.promote(ci, by: .commandLine) }
        await expectRefusal {
            try await people.setPassword("correct horse battery staple", of: ci, by: .commandLine)
        }
    }
}

@Suite("Stewards and the tokens of service accounts")
struct StewardTests {
    let house: TestHouse
    let desk: TokenDesk
    let alice, bob: Subject
    let ci: Subject

    init() async throws {
        house = try TestHouse()
        desk = TokenDesk(
            ledger: house.ledger,
            services: [
                Service(name: try ServiceName("maven")),
                Service(name: try ServiceName("ops"), groups: ["ops"]),
                Service(name: try ServiceName("vault"), groups: ["vault"]),
            ], clock: house.clock, format: .standard)
        alice = try await house.person("alice", groups: ["build-team"])
        bob = try await house.person("bob", groups: ["ops", "build-team"])
        let accounts = AccountDesk(ledger: house.ledger, clock: house.clock, services: nil)
        ci = try await accounts.add(
            AccountDraft(login: "bot-ci", purpose: "Builds", owners: ["build-team"], groups: ["ops"]),
            by: .commandLine)
    }

    private func requester(_ person: Subject) -> Requester { .person(person, address: "") }

    private func create(
        _ name: String = "CI", scopes: [String] = ["maven"], by requester: Requester
    ) async throws(DeskFault) -> TokenDesk.Issued {
        try await desk.create(.init(name: name, scopes: scopes), for: ci, by: requester)
    }

    private func faults(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "not refused"
        } catch {
            return "\(error)"
        }
    }

    @Test("a steward creates, finds, edits, rotates, pauses and revokes its tokens; others find nothing")
    func stewards() async throws {
        let token = try await create(by: requester(alice)).token
        #expect(token.owner == ci.id)
        #expect(try await desk.managed(token.id, by: bob) == OwnedToken(token: token, owner: ci))
        let carol = try await house.person("carol")
        for stranger in [carol, ci] where stranger != ci {
            #expect(
                await faults { _ = try await desk.managed(token.id, by: stranger) }
                    == "there is no such token")
        }
        #expect(
            await faults { _ = try await create("other", by: requester(carol)) }.contains("not a steward"))
        try await desk.edit(token.id, of: ci, TokenEdit(name: "Nightly"), by: requester(bob))
        _ = try await desk.rotate(token.id, of: ci, overlap: Overlap.none, by: requester(bob))
        let paused = try await desk.pause(token.id, of: ci, for: .hours(1), by: requester(alice))
        #expect(paused.pauses.map(\.source) == [.owner])
        try await desk.resume(token.id, of: ci, by: requester(bob))
        let revoked = try await desk.revoke(token.id, of: ci, by: requester(alice))
        #expect(revoked.revocation == .init(at: house.now, by: alice.id, reason: .byOwner))
    }

    @Test("a steward grants no more than both the account and they themselves may use")
    func entitlement() async throws {
        #expect(
            await faults { _ = try await create(scopes: ["ops"], by: requester(alice)) }
                .contains("you may not use ops yourself"))
        #expect(
            await faults { _ = try await create(scopes: [], by: requester(alice)) }.contains(
                "name the services"))
        #expect(
            await faults { _ = try await create(scopes: ["vault"], by: requester(bob)) }.contains(
                "in no group"))
        let all = try await create(scopes: [], by: requester(bob)).token
        #expect(
            await faults {
                _ = try await desk.rotate(all.id, of: ci, overlap: nil, by: requester(alice))
            }.contains("ask a steward who may"), "rotating shows the secret")
        try await desk.revoke(all.id, of: ci, by: requester(alice))
        _ = try await create("by the operator", scopes: ["ops"], by: .commandLine)
    }

    @Test("its tokens never manage tokens or people, and may rotate themselves")
    func deskScopes() async throws {
        for requester in [requester(bob), .commandLine] {
            for scope in ["jeton:manage", "jeton:scim"] {
                #expect(
                    await faults { _ = try await create(scopes: [scope], by: requester) }
                        .contains("“\(scope)” is not for service accounts"))
            }
        }
        _ = try await create(scopes: ["maven", "jeton:rotate"], by: requester(alice))
    }

    @Test("a suspended account creates nothing")
    func suspended() async throws {
        var suspended = ci
        suspended.suspendedAt = house.now
        #expect(
            await faults { _ = try await desk.create(.init(name: "x"), for: suspended, by: requester(bob)) }
                .contains("suspended"))
    }
}
