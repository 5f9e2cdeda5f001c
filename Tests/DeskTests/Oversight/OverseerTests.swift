import Ledger
import SignIn
import Sodium
import TestHouse
import Testing
import Tokens

@testable import Desk

@Suite("Tokens that oversee")
struct OverseerTests {
    let house: TestHouse
    let desk: TokenDesk
    let root: Subject
    let alice: Subject
    let siem: Subject

    init() async throws {
        house = try TestHouse()
        desk = TokenDesk(
            ledger: house.ledger, services: [Service(name: try ServiceName("maven"))], clock: house.clock,
            format: .standard, overseers: [LoginPattern("bot-si*")].compactMap(\.self))
        root = try await house.person(
            "root", groups: ["ops"], administrator: true, password: "correct horse battery")
        alice = try await house.person("alice", groups: ["ops"])
        siem = try await house.account("bot-siem", owners: ["ops"])
    }

    private func browser(_ person: Subject) -> Requester { .person(person, address: "") }

    private func holder(_ scopes: [String], _ owner: Subject) async throws -> Requester {
        let token = try await house.token("x\(scopes.joined())", of: owner, scopes: scopes).token
        return .holder(of: token, owner: owner, address: "")
    }

    private func refusal(_ work: () async throws(DeskFault) -> Void) async -> String {
        do throws(DeskFault) {
            try await work()
            return ""
        } catch {
            return error.description
        }
    }

    private func create(_ scope: String, for owner: Subject, by requester: Requester) async -> String {
        await refusal { () async throws(DeskFault) in
            _ = try await desk.create(
                .init(name: "\(scope) \(requester.hashValue)", scopes: [scope]), for: owner, by: requester)
        }
    }

    // MARK: Granting

    @Test(
        "an administrator who is signed in grants jeton:admin and jeton:audit, for themselves",
        arguments: ["jeton:admin", "jeton:audit"])
    func granting(scope: String) async throws {
        #expect(await create(scope, for: root, by: browser(root)) == "")
        #expect(await create(scope, for: root, by: .commandLine) == "")
        let only = "“\(scope)” can be granted only by an administrator who is signed in"
        #expect(await create(scope, for: alice, by: browser(alice)) == only)
        for scopes in [["jeton:manage"], [], ["jeton:scim"]] {
            let token = try await holder(scopes, root)
            #expect(await create(scope, for: root, by: token) == only, "\(scopes)")
        }
        #expect(await create(scope, for: alice, by: browser(root)).contains("not a steward"))
    }

    @Test(
        "a service account's token gets them from a steward who is an administrator, where the operator says so",
        arguments: ["jeton:admin", "jeton:audit"])
    func grantingToAccounts(scope: String) async throws {
        #expect(await create(scope, for: siem, by: browser(root)) == "")
        #expect(await create(scope, for: siem, by: .commandLine) == "")
        #expect(
            await create(scope, for: siem, by: browser(alice)).contains("only by an administrator"))
        let manager = try await holder(["jeton:manage"], root)
        #expect(await create(scope, for: siem, by: manager).contains("only by an administrator"))
        let other = try await house.account("bot-ci", owners: ["ops"])
        for requester in [browser(root), .commandLine] {
            #expect(
                await create(scope, for: other, by: requester)
                    == "“\(scope)” is not for bot-ci: the operator names the service accounts that may have it "
                    + "(accounts.may_oversee)")
        }
        let boss = try await house.person("boss", administrator: true)
        #expect(await create(scope, for: siem, by: browser(boss)).contains("not a steward"))
    }

    @Test("each stands alone")
    func alone() async throws {
        for scopes in [
            ["jeton:admin", "maven"], ["jeton:audit", "jeton:manage"], ["jeton:audit", "jeton:admin"],
        ] {
            let told = await refusal { () async throws(DeskFault) in
                _ = try await desk.create(
                    .init(name: "both", scopes: scopes), for: root, by: browser(root))
            }
            #expect(told.contains("must stand alone"), "\(scopes)")
            #expect(Scopes(scopes.compactMap { Scope($0) }).oversight == nil)
        }
    }

    @Test("what names an account by its login or by a pattern, names no other")
    func patterns() throws {
        let only = LoginPattern(only: try Login("bot-Siem"))
        for (login, isMatch) in [
            ("BOT-siem", true), ("bot-Siem", true), ("bot-siem2", false), ("bot-sie", false), ("siem", false),
        ] {
            #expect(only.matches(try Login(login)) == isMatch, "\(login)")
        }
    }

    // MARK: Use

    @Test("a token oversees while its owner administers, as far as its scope says")
    func using() async throws {
        let former = try await house.person("former")
        let rows: [(Requester, audits: String, acts: String)] = [
            (browser(root), "", ""), (.commandLine, "", ""),
            (browser(alice), "Only administrators", "Only administrators"),
            (try await holder(["jeton:admin"], root), "", ""),
            (try await holder(["jeton:audit"], root), "", "a token with the scope jeton:admin."),
            (try await holder(["jeton:admin"], former), "no longer an administrator", "no longer"),
            (try await holder(["jeton:audit"], former), "no longer an administrator", "jeton:admin."),
            (try await holder(["jeton:manage"], root), "jeton:audit or jeton:admin.", "jeton:admin."),
            (try await holder([], root), "jeton:audit or jeton:admin.", "jeton:admin."),
            (try await holder(["jeton:scim"], root), "jeton:audit or jeton:admin.", "jeton:admin."),
            (try await holder(["jeton:admin", "maven"], root), "jeton:audit or", "jeton:admin."),
            (try await holder(["jeton:admin"], siem), "", ""),
            (try await holder(["jeton:audit"], siem), "", "jeton:admin."),
        ]
        for (requester, audits, acts) in rows {
            for (right, expected) in [(OversightRight.audit, audits), (.administration, acts)] {
                let told = await refusal { () async throws(DeskFault) in
                    _ = try await desk.overseer(requester, for: right)
                }
                #expect(
                    expected.isEmpty ? told.isEmpty : told.contains(expected),
                    "\(requester) \(right): \(told)")
            }
        }
    }

    @Test(
        "an account's token oversees while an active steward is an administrator, and the operator consents")
    func usingByAccounts() async throws {
        let token = try await holder(["jeton:audit"], siem)
        func told() async -> String {
            await refusal { () async throws(DeskFault) in _ = try await desk.overseer(token, for: .audit) }
        }
        #expect(await told() == "")
        let people = house.people()
        _ = try await people.changeGroups(
            of: root, GroupChange(adding: [], removing: ["ops"]), by: .commandLine)
        #expect(
            await told() == "No steward of bot-siem is an administrator any longer: make one a steward of it."
        )
        _ = try await people.promote(alice, by: .commandLine)
        #expect(await told() == "")
        _ = try await people.suspend(alice, by: .commandLine)
        #expect(await told().contains("No steward"))
        let ci = try await house.account("bot-ci", owners: ["ops"])
        let other = try await holder(["jeton:audit"], ci)
        #expect(
            await refusal { () async throws(DeskFault) in _ = try await desk.overseer(other, for: .audit) }
                == "The operator does not let bot-ci oversee the desk (accounts.may_oversee).")
    }
}

extension TestHouse {
    /// The desk for people, with local accounts.
    func people(_ rule: ProviderRule = ProviderRule()) -> PeopleDesk {
        var settings = SignInSettings()
        settings.passwordCost = .least
        let sessions = Sessions(ledger: ledger, clock: clock, settings: settings)
        let accounts = LocalAccounts(
            ledger: ledger, sessions: sessions, clock: clock, format: .standard, key: key, settings: settings)
        return PeopleDesk(ledger: ledger, accounts: accounts, clock: clock, provider: rule)
    }
}
