import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk

@Suite("Handing tokens over at the desk")
struct HandingOverTests {
    let house: TestHouse
    let desk: TokenDesk
    let (root, alice, bob): (Subject, Subject, Subject)
    let ci: Subject

    init() async throws {
        house = try TestHouse()
        let services = [
            Service(name: try ServiceName("maven")), Service(name: try ServiceName("git"), groups: ["dev"]),
            Service(name: try ServiceName("ops"), groups: ["ops"]),
        ]
        desk = TokenDesk(
            ledger: house.ledger, services: services, clock: house.clock, format: .standard)
        root = try await house.person("root", administrator: true)
        alice = try await house.person("alice", groups: ["build-team", "dev"])
        bob = try await house.person("bob")
        let accounts = AccountDesk(ledger: house.ledger, clock: house.clock, services: services)
        ci = try await accounts.add(
            AccountDraft(login: "bot-ci", purpose: "Nightly builds", owners: ["build-team"]), by: .commandLine
        )
    }

    private func browser(_ person: Subject) -> Requester { .person(person, address: "192.0.2.1") }

    private func refusal(_ body: () async throws(DeskFault) -> Void) async -> DeskFault? {
        do {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    @Test("an owner who is a steward, an administrator and the operator hand over at once")
    func who() async throws {
        for (name, requester) in [
            ("one", browser(alice)), ("two", browser(root)), ("three", Requester.commandLine),
        ] {
            let (token, _) = try await house.token(name, of: alice)
            #expect(try await desk.recipients(for: requester) == [ci])
            let owner = requester.subject == alice ? alice : nil
            let handed = try await desk.handOver(token.id, of: owner, to: "bot-ci", by: requester)
            #expect(handed.owner == ci.id && handed.scopes == Scopes(text: "maven"))
            #expect(handed.handOver == HandOver(from: alice.id, at: house.now))
            let event = try await house.ledger.events(about: alice.id, before: nil, limit: 1).first
            #expect(event?.kind == .tokenHandedOver && event?.token == token.id)
            #expect(event?.actor == requester.subject?.id)
            #expect(event?.detail == "\(token.name), to bot-ci, for maven")
        }
    }

    @Test("nobody else does, and no token")
    func whoNot() async throws {
        let (token, _) = try await house.token("CI", of: bob)
        #expect(try await desk.recipients(for: browser(bob)).isEmpty)
        let notSteward = await refusal { () throws(DeskFault) in
            try await desk.handOver(token.id, of: bob, to: "bot-ci", by: browser(bob))
        }
        #expect(
            notSteward
                == .forbidden(
                    "You are not a steward of bot-ci: ask its stewards, with a reason."))
        // A steward does not take what is not theirs.
        let stolen = await refusal { () throws(DeskFault) in
            try await desk.handOver(token.id, of: alice, to: "bot-ci", by: browser(alice))
        }
        #expect(stolen == .noSuchToken)
        let manager = try await house.token("manage", of: root).token
        let byToken = await refusal { () throws(DeskFault) in
            try await desk.handOver(
                token.id, of: nil, to: "bot-ci", by: .holder(of: manager, owner: root, address: ""))
        }
        #expect(
            byToken
                == .forbidden("A token cannot hand over tokens: sign in at the desk, and do it there."))
        #expect(try await desk.token(token.id, of: nil).owner == bob.id)
    }

    @Test("the preview says what remains and what is lost, and only what was shown is done")
    func preview() async throws {
        let (token, _) = try await house.token("CI", of: alice)
        let preview = try await desk.handOverPreview(
            of: token.id, of: alice, to: "BOT-CI", by: browser(alice))
        #expect(preview.scopes.kept == [Scope("maven")!])
        #expect(preview.scopes.lost.map(\.scope) == [Scope("git")!])
        #expect(preview.rotationDue == nil && preview.account == ci && preview.owner == alice)
        let changed = await refusal { () throws(DeskFault) in
            try await desk.handOver(
                token.id, of: alice, to: "bot-ci", expecting: Scopes(text: "git maven"), by: browser(alice))
        }
        #expect(changed == .ledger(.changedMeanwhile))
    }

    @Test("where nothing would be left, and for other accounts, it says what to do")
    func nothingLeft() async throws {
        func fault(_ scopes: [String], to login: String = "bot-ci") async throws -> String {
            let (token, _) = try await house.token(
                "t\(scopes.joined())\(login)", of: alice, scopes: scopes)
            let found = await refusal { () throws(DeskFault) in
                try await desk.handOver(token.id, of: alice, to: login, by: browser(alice))
            }
            return found?.description ?? ""
        }
        #expect(try await fault(["git"]).hasPrefix("bot-ci may use none of the services of this token"))
        #expect(try await fault(["ops"]).contains("may use none of its services any more"))
        #expect(try await fault(["jeton:manage"]).hasPrefix("this token is for the desk itself"))
        for login in ["nobody", "bob", ""] {
            #expect(try await fault(["maven"], to: login).hasPrefix("there is no such service account"))
        }
    }

    @Test("a name that is taken is refused, and another can be given")
    func names() async throws {
        let (token, _) = try await house.token("CI", of: alice)
        _ = try await house.token("ci", of: ci)
        let taken = await refusal { () throws(DeskFault) in
            try await desk.handOver(token.id, of: alice, to: "bot-ci", by: browser(alice))
        }
        #expect(taken == .invalid([.nameTaken]))
        let handed = try await desk.handOver(
            token.id, of: alice, to: "bot-ci", name: "Alice’s CI", by: browser(alice))
        #expect(handed.name.text == "Alice’s CI")
    }

    @Test("what programs got goes with its token, and what has ended stays")
    func others() async throws {
        let (token, _) = try await house.token("CI", of: alice)
        try await desk.revoke(token.id, of: alice, by: browser(alice))
        let ended = await refusal { () throws(DeskFault) in
            try await desk.handOver(token.id, of: alice, to: "bot-ci", by: browser(alice))
        }
        #expect(ended == .notActive)
        let (own, _) = try await house.token("own", of: ci)
        let again = await refusal { () throws(DeskFault) in
            try await desk.handOver(own.id, of: nil, to: "bot-ci", by: browser(root))
        }
        #expect(again == .forbidden("This token belongs to a service account already."))
    }

    @Test("the tokens that a leaver's tools still used are offered, and their secret has to be rotated")
    func leaver() async throws {
        let (used, _) = try await house.token("used", of: alice)
        let (old, _) = try await house.token("old", of: alice)
        _ = try await house.token("unused", of: alice)
        for (token, moment) in [(used, house.now), (old, house.now - .days(31))] {
            try await house.ledger.record([
                Use(
                    secret: token.secret, service: "maven", address: "192.0.2.1", client: "Maven 3.9.9",
                    lastAt: moment, count: 1, access: .read)
            ])
        }
        #expect(try await desk.leftInUse(by: alice).isEmpty)
        try await house.ledger.suspend(
            alice.id, since: house.now, event: Event(.subjectSuspended, at: house.now, actor: nil))
        house.pass(.days(2))
        let left = try #require(try await house.ledger.subject(alice.id))
        #expect(try await desk.leftInUse(by: left).map(\.token.id) == [used.id])
        let handed = try await desk.handOver(used.id, of: nil, to: "bot-ci", by: browser(root))
        #expect(try await desk.leftInUse(by: left).isEmpty)
        let former = try #require(try await desk.formerOwner(of: handed))
        #expect(former.person == left && former.rotationDue == house.now + .days(30))
        let issued = try await desk.rotate(handed.id, of: ci, overlap: Overlap.none, by: .commandLine)
        #expect(try await desk.formerOwner(of: issued.token) == nil)
    }

    @Test("an owner who is no steward asks, a steward agrees, and the owner hands over within 7 days")
    func consent() async throws {
        let (token, _) = try await house.token("CI", of: bob)
        let requests = desk.requests
        func ask(_ reason: String = "I leave in May") async throws(DeskFault) -> TokenRequest {
            try await requests.askToHandOver(token.id, to: "bot-ci", because: reason, by: browser(bob))
        }
        let request = try await ask()
        #expect(request.owner == ci.id && request.handOver?.scopes == Scopes(text: "maven"))
        #expect(try await ask().id == request.id, "a form that is sent twice")
        #expect(try await desk.token(token.id, of: bob).owner == bob.id)
        let event = try await house.ledger.events(about: ci.id, before: nil, limit: 1).first
        #expect(event?.kind == .tokenRequested)
        // Nobody else decides, and nothing happens before.
        #expect(try await requests.decidable(by: alice).map(\.request.id) == [request.id])
        for other in [bob, root] { #expect(try await requests.decidable(by: other).isEmpty) }
        #expect(try await requests.waiting(for: alice, stewarding: [ci]) == 1)
        let early = await refusal { () throws(DeskFault) in
            try await requests.handOver(request.id, by: browser(bob))
        }
        guard case .requestSettled? = early else {
            Issue.record("\(String(describing: early))")
            return
        }
        try await requests.decide(request.id, approving: true, saying: "Thank you", by: browser(alice))
        house.pass(.days(6))
        let stranger = await refusal { () throws(DeskFault) in
            try await requests.handOver(request.id, by: browser(alice))
        }
        #expect(stranger == .forbidden("Only who asked can do this."))
        let handed = try await requests.handOver(request.id, by: browser(bob))
        #expect(handed.owner == ci.id && handed.scopes == Scopes(text: "maven"))
        #expect(try await requests.shown(request.id, to: browser(bob)).state == .used)
        let again = await refusal { () throws(DeskFault) in
            try await requests.handOver(request.id, by: browser(bob))
        }
        guard case .requestSettled? = again else {
            Issue.record("\(String(describing: again))")
            return
        }
    }

    @Test("what was approved is judged again, and a denial ends it")
    func judgedAgain() async throws {
        let carol = try await house.person("carol", groups: ["dev"])
        let (token, _) = try await house.token("CI", of: carol, scopes: ["maven", "git"])
        let requests = desk.requests
        let request = try await requests.askToHandOver(
            token.id, to: "bot-ci", name: "carols", because: "I leave", by: browser(carol))
        try await requests.decide(request.id, approving: true, by: browser(alice))
        // The account may use more by now than what was approved.
        try await house.ledger.changeGroups(
            of: ci.id, adding: ["dev"], removing: [],
            event: Event(.subjectGroupsChanged, at: house.now, actor: nil))
        let changed = await refusal { () throws(DeskFault) in
            try await requests.handOver(request.id, by: browser(carol))
        }
        #expect(changed?.description.contains("has changed since: withdraw this request") == true)
        try await requests.withdraw(request.id, by: browser(carol))
        let second = try await requests.askToHandOver(
            token.id, to: "bot-ci", because: "I leave", by: browser(carol))
        try await requests.decide(second.id, approving: false, saying: "No", by: browser(alice))
        let denied = await refusal { () throws(DeskFault) in
            try await requests.handOver(second.id, by: browser(carol))
        }
        guard case .requestSettled? = denied else {
            Issue.record("\(String(describing: denied))")
            return
        }
        #expect(try await desk.token(token.id, of: carol).owner == carol.id)
    }
}
