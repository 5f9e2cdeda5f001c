import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Exchanged tokens") struct Trades {
        @Test(
            "an exchanged token is kept under its parent, and its name need not be unique",
            arguments: Engine.all)
        func kept(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let parent = try await house.token("laptop", of: alice)
                let named = try await house.token("nuxeo-cli", of: alice)
                house.notified.forget()
                let exchanged = try await house.exchange(for: parent)
                #expect(try await house.ledger.token(exchanged.id) == exchanged)
                #expect(house.notified.records == [exchanged.record])
                #expect(try await house.events().first?.kind == .tokenCreated)
                #expect(try await house.loaded().records == [parent, named, exchanged].map(\.record))
                // And it does not occupy the name.
                try await house.revoke(named, at: .noon)
                try await house.token("NUXEO-CLI", of: alice)
            }
        }

        @Test(
            "the same program on the same device gets a token that replaces its former one",
            arguments: Engine.all)
        func rotated(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let parent = try await house.token("laptop", of: alice)
                let other = try await house.token("desktop", of: alice)
                let first = try await house.exchange(for: parent)
                let elsewhere = [
                    try await house.exchange(for: parent, device: "2"),
                    try await house.exchange("another", for: parent),
                    try await house.exchange(for: other),
                    // The program uses the same name on every machine.
                    try await house.exchange(for: parent, from: "192.0.2.2 nuxeo-cli"),
                ]
                house.notified.forget()
                let second = try await house.exchange("Nuxeo-CLI", for: parent, at: .noon + .hours(1))
                var ended = first
                ended.revocation = Token.Revocation(
                    at: .noon + .hours(1), by: alice.id, reason: .rotated)
                ended.successor = second.id
                #expect(try await house.ledger.token(first.id) == ended)
                #expect(house.notified.records == [ended, second].map(\.record))
                let active = TokenQuery(states: [.active], now: .noon + .hours(2))
                #expect(
                    Set(try await house.ledger.tokens(active).map(\.token.id))
                        == Set([parent, other, second].map(\.id) + elsewhere.map(\.id)))
            }
        }

        @Test(
            "CVE-2025-13173 (WSO2), CVE-2026-115356 (OpenBao): revoking a token revokes those exchanged for it, in one transaction",
            arguments: Engine.all)
        func withParent(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let parent = try await house.token("laptop", of: alice)
                let children = [
                    try await house.exchange(for: parent), try await house.exchange(for: parent, device: "2"),
                ]
                let stranger = try await house.exchange(for: try await house.token("other", of: alice))
                let moment = Timestamp.noon + .hours(1)
                house.notified.forget()
                let ended = try await house.revoke(parent, at: moment)
                let withIt = children.map { child in
                    var child = child
                    child.revocation = Token.Revocation(at: moment, by: alice.id, reason: .withParent)
                    return child
                }
                #expect(house.notified.records.first == ended.record)
                #expect(Set(house.notified.records.dropFirst()) == Set(withIt.map(\.record)))
                #expect(try await house.ledger.token(children[0].id) == withIt[0])
                #expect(try await house.ledger.token(stranger.id) == stranger)
                let events = try await house.events().filter { $0.kind == .tokenRevoked }
                #expect(Set(events.compactMap(\.token)) == Set([parent.id] + children.map(\.id)))
                // Revoking again changes nothing.
                house.notified.forget()
                try await house.revoke(parent, at: moment + .hours(1))
                #expect(house.notified.changes.isEmpty)
            }
        }

        @Test(
            "regenerating a token lets those exchanged for it expire with the old secret",
            arguments: Engine.all
        )
        func regenerated(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let moment = Timestamp.noon + .hours(1)
                let now = try await house.token("now", of: alice)
                let endedNow = try await house.exchange(for: now)
                try await house.regenerate(now, of: alice, at: moment, oldEnds: moment)
                #expect(
                    try await house.ledger.token(endedNow.id)?.revocation?.reason == .withParent)
                let later = try await house.token("later", of: alice)
                let ending = try await house.exchange(for: later)
                let new = try await house.regenerate(later, of: alice, at: moment, oldEnds: moment + .days(1))
                let ended = try await house.ledger.token(ending.id)
                #expect(ended?.revocation == nil)
                #expect(ended?.expiresAt == moment + .days(1))
                #expect(try await house.ledger.token(new.id)?.expiresAt == nil)
            }
        }

        @Test(
            "a token is not exchanged for one that may do what it no longer may, when it was narrowed meanwhile",
            arguments: Engine.all)
        func narrowed(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let before = try await house.token(of: alice)
                func narrow(_ body: @escaping @Sendable (inout Token) -> Void) async throws -> Token {
                    try await house.ledger.change(before.id, at: .noon) { token throws(LedgerError) in
                        body(&token)
                        return [.note(.tokenChanged)]
                    }
                }
                let scopes = try #require(Scopes(text: "maven:read"))
                let narrowed = try await narrow { $0.scopes = scopes }
                try await expect(.notActive, in: house) { try await house.exchange(for: before) }
                try await house.exchange(for: narrowed)
                let range = try #require(AddressRange("10.0.0.0/8"))
                _ = try await narrow { $0.addresses = [range] }
                try await expect(.notActive, in: house) { try await house.exchange(for: narrowed) }
            }
        }

        @Test(
            "CVE-2026-96460 (Keycloak): a revoked, expired, unknown, foreign or exchanged token is not exchanged, nor for one that lasts longer",
            arguments: Engine.all)
        func refused(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
                let revoked = try await house.token("revoked", of: alice)
                try await house.revoke(revoked, at: .noon)
                let expired = try await house.token("expired", of: alice, expires: .noon)
                let parent = try await house.token("parent", of: alice)
                let child = try await house.exchange(for: parent)
                let short = try await house.token("short", of: alice, expires: .noon + .days(1))
                for parent in [revoked, expired, child] {
                    try await expect(.notActive, in: house) { try await house.exchange(for: parent) }
                }
                // It may not outlive its parent, which may have got an expiry in the meantime.
                var endless = short
                endless.expiresAt = nil
                let claimed = endless
                try await expect(.notActive, in: house) { try await house.exchange(for: claimed) }
                let unknown = try Token.made("unknown", of: alice)
                try await expect(.noSuchToken, in: house) { try await house.exchange(for: unknown) }
                try await expect(.noSuchToken, in: house) {
                    try await house.exchange(for: parent, owner: bob.id)
                }
                try await expect(.notActive, in: house) {
                    try await house.regenerate(child, of: alice, at: .noon, oldEnds: .noon)
                }
            }
        }

        @Test(
            "the number of programs for one token is limited; one that asks again counts once",
            arguments: Engine.all)
        func bounded(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let parent = try await house.token("laptop", of: alice)
                for device in 0..<LedgerLimits.activeExchangesPerToken {
                    try await house.exchange(for: parent, device: "\(device)")
                }
                try await expect(.tooManyTokens, in: house) {
                    try await house.exchange(for: parent, device: "one more")
                }
                try await house.exchange(for: parent, device: "7")
            }
        }

        @Test("of 16 exchanges for one device at once one token remains", arguments: Engine.all)
        func atOnce(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let parent = try await house.token("laptop", of: alice)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<16 { group.addTask { try await house.exchange(for: parent) } }
                    try await group.waitForAll()
                }
                let active = try await house.ledger.tokens(TokenQuery(states: [.active], now: .noon))
                #expect(active.filter { $0.token.exchange != nil }.count == 1)
            }
        }
    }
}

extension House {
    /// Exchanges `parent` as a program of that name on that device does.
    @discardableResult
    func exchange(
        _ application: String = "nuxeo-cli", for parent: Token, device: String = "1", owner: SubjectID? = nil,
        at moment: Timestamp = .noon,
        from place: String = "192.0.2.1 nuxeo-cli"
    ) async throws -> Token {
        let token = Token(
            id: .next(at: moment), owner: owner ?? parent.owner, name: try TokenName(application),
            scopes: parent.scopes, createdAt: moment,
            origin: .exchange(Token.Exchange(parent: parent.secret, device: try TokenName(device))),
            expiresAt: parent.expiresAt)
        try await ledger.exchange(token, digest: .fresh(), from: place, event: .created(token))
        return token
    }
}
