import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

@testable import Desk

@Suite("Changing many tokens at once")
struct BulkDeskTests {
    let house: TestHouse
    let desk: BulkDesk
    let root: Subject
    let alice: Subject
    let scim: Token
    let own: Token

    init() async throws {
        house = try TestHouse()
        desk = BulkDesk(
            ledger: house.ledger,
            inventory: Inventory(ledger: house.ledger, services: [], clock: house.clock), format: .standard,
            clock: house.clock)
        root = try await house.person("root", administrator: true)
        alice = try await house.person("alice")
        scim = try await house.token("okta", of: try await house.account("svc-okta"), scopes: ["jeton:scim"])
            .token
        own = try await house.token("mine", of: root).token
    }

    private var browser: Requester { .person(root, address: "192.0.2.9") }

    private func every() -> TokenQuery { TokenQuery(states: Token.State.working, now: house.clock.now) }

    @Test("only administrators change many at once; a token with jeton:audit does not")
    func rights() async throws {
        let audit = try await house.token("a", of: root, scopes: ["jeton:audit"]).token
        for by in [Requester.person(alice, address: ""), .holder(of: audit, owner: root, address: "")] {
            await #expect(throws: DeskFault.forbidden("Only administrators may do this.")) {
                try await desk.select(every(), by: by)
            }
        }
    }

    @Test("exactly the selected ones are changed, and what ended meanwhile is named")
    func exactly() async throws {
        let first = try await house.token("first", of: alice).token
        let second = try await house.token("second", of: alice).token
        let selection = try await desk.select([first.id, second.id], by: browser)
        let later = try await house.token("later", of: alice).token
        try await house.revoke(second)
        let result = try await desk.apply(.pause(.days(1)), to: selection.id, because: " a\nb ", by: browser)
        #expect(result.changed == 1 && result.left == 1)
        #expect(result.someLeft.map(\.token.name.text) == ["second"])
        #expect(try await house.ledger.token(first.id)?.state(at: house.clock.now) == .paused)
        #expect(try await house.ledger.token(later.id)?.state(at: house.clock.now) == .active)
        let event = try await house.ledger.events(EventQuery(limit: 1)).events.first
        #expect(event?.detail == "first: a b" && event?.actor == root.id)
    }

    @Test("tokens that provision or oversee and one's own are left out, unless they are named")
    func spared() async throws {
        let plain = try await house.token("ci", of: alice).token
        let oversees = try await house.token("siem", of: alice, scopes: ["jeton:audit"]).token
        let selection = try await desk.select(every(), by: browser)
        #expect(selection.tokens == [plain.id])
        #expect(Set(selection.spared) == [scim.id, own.id, oversees.id])
        let preview = try await desk.preview(selection.id, by: browser)
        #expect(preview.tokens.map(\.token.id) == [plain.id] && preview.spared.count == 3)
        let stranger = try await house.token("stranger", of: alice).token
        _ = try await desk.apply(.revoke, to: selection.id, also: [scim.id, stranger.id], by: browser)
        #expect(try await house.ledger.token(plain.id)?.revocation?.reason == .byAdministrator)
        #expect(try await house.ledger.token(scim.id)?.revocation != nil)
        #expect(try await house.ledger.token(own.id)?.revocation == nil)
        #expect(try await house.ledger.token(stranger.id)?.revocation == nil, "it was not in the preview")
    }

    @Test("owners are notified with a reason, and their tokens work on")
    func notify() async throws {
        let token = try await house.token("ci", of: alice).token
        let selection = try await desk.select([token.id], by: browser)
        await #expect(
            throws: DeskFault.invalid([FieldFault("reason", "must say what the owners should know or do")])
        ) { try await desk.apply(.notify, to: selection.id, by: browser) }
        let result = try await desk.apply(.notify, to: selection.id, because: "revoke it", by: browser)
        #expect(result.changed == 1)
        #expect(try await house.ledger.token(token.id) == token)
        let event = try await house.ledger.events(EventQuery(limit: 1)).events.first
        #expect(
            event?.kind == .ownerNotified && event?.detail == "ci: revoke it" && event?.subject == alice.id)
    }

    @Test("a selection is its maker's, and lasts a day")
    func maker() async throws {
        let other = try await house.person("other", administrator: true)
        let token = try await house.token("ci", of: alice).token
        let selection = try await desk.select([token.id], by: browser)
        await #expect(throws: DeskFault.noSuchSelection) {
            try await desk.apply(.revoke, to: selection.id, by: .person(other, address: ""))
        }
        await #expect(throws: DeskFault.noSuchSelection) {
            try await desk.apply(.revoke, to: selection.id, by: .commandLine)
        }
        house.pass(.days(1))
        await #expect(throws: DeskFault.noSuchSelection) {
            try await desk.apply(.revoke, to: selection.id, by: browser)
        }
        #expect(try await house.ledger.token(token.id)?.revocation == nil)
    }

    @Test("leaked secrets lead to their tokens; what is unknown or has ended is counted")
    func secrets() async throws {
        let (known, secret) = try await house.token("known", of: alice)
        let (gone, ended) = try await house.token("gone", of: alice)
        try await house.revoke(gone)
        let unknown = TokenFormat.standard.makeSecret().reveal()
        let text = "log: \(secret.reveal()), again \(secret.reveal())\n\(ended.reveal()) \(unknown)"
        let found = try await desk.select(secretsIn: text, by: browser)
        #expect(found.selection.tokens == [known.id] && found.unknown == 2)
        for text in ["nothing here", unknown] {
            await #expect(throws: DeskFault.self) { try await desk.select(secretsIn: text, by: browser) }
        }
    }

    @Test("what is wrong with a title, a reason or a span is said, and nothing is changed")
    func faults() async throws {
        let token = try await house.token("ci", of: alice).token
        let selection = try await desk.select([token.id], by: browser).id
        for title in ["", "  \n ", String(repeating: "x", count: 201)] {
            await #expect(throws: DeskFault.invalid([FieldFault("title", "must have 1 to 200 characters")])) {
                try await desk.open(title, pausing: selection, by: browser)
            }
        }
        await #expect(throws: DeskFault.invalid([FieldFault("reason", "must have at most 200 characters")])) {
            try await desk.apply(
                .revoke, to: selection, because: String(repeating: "x", count: 201), by: browser)
        }
        await #expect(throws: DeskFault.self) {
            try await desk.apply(.pause(.days(31)), to: selection, by: browser)
        }
        await #expect(throws: DeskFault.self) { try await desk.select([], by: browser) }
        #expect(try await house.ledger.token(token.id)?.state(at: house.clock.now) == .active)
        #expect(try await house.ledger.incidents(before: nil, limit: 1).isEmpty)
    }

    @Test("an incident is opened, released in parts, revoked in parts, and closed")
    func incident() async throws {
        let tokens = [
            try await house.token("a", of: alice).token, try await house.token("b", of: alice).token,
        ]
        let selection = try await desk.select(tokens.map(\.id), by: browser)
        let (incident, opened) = try await desk.open("Laptop lost", pausing: selection.id, by: browser)
        #expect(incident.number == 1 && opened.changed == 2)
        await #expect(throws: DeskFault.incidentHasPauses(2)) { try await desk.close(1, by: browser) }
        #expect(try await desk.release([tokens[0].id, scim.id], of: 1, by: browser).changed == 1)
        #expect(try await desk.revoke(of: 1, by: browser).changed == 1)
        #expect(try await desk.incident(1, by: browser).counts == [.released: 1, .ended: 1])
        #expect(try await desk.close(1, by: browser).closedAt == house.clock.now)
        await #expect(throws: DeskFault.noSuchIncident) { try await desk.incident(2, by: browser) }
    }

    @Test("a token with jeton:admin opens an incident, but does not release what lets others into the desk")
    func overseer() async throws {
        let admin = try await house.token("admin", of: root, scopes: ["jeton:admin"]).token
        let by = Requester.holder(of: admin, owner: root, address: "")
        #expect(by.oversight == nil, "nobody has judged it yet")
        let judge = TokenDesk(
            ledger: house.ledger, services: [], clock: house.clock, format: .standard)
        let judged = try await judge.overseer(by, for: .administration)
        let plain = try await house.token("ci", of: alice).token
        let manager = try await house.token("manager", of: alice, scopes: ["jeton:manage"]).token
        let selection = try await desk.select([plain.id, manager.id], by: judged)
        _ = try await desk.open("Leak", pausing: selection.id, by: judged)
        await #expect(throws: DeskFault.self) { try await desk.release(of: 1, by: judged) }
        #expect(try await desk.release([plain.id], of: 1, by: judged).changed == 1)
        #expect(try await desk.release(of: 1, by: browser).changed == 1)
    }
}
