import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Tokens of agents on behalf of people") struct Delegations {
        @Test("an agent's token is kept with its agents, and loaded with them", arguments: Engine.all)
        func kept(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, agent) = try await house.aliceAndAgent()
                let planner = try await house.account("bot-planner")
                let parent = try await house.token("laptop", of: alice)
                house.notified.forget()
                let child = try await house.delegate(to: agent, for: parent, scopes: "git:read")
                #expect(child.delegation?.depth == 1)
                #expect(try await house.ledger.token(child.id) == child)
                #expect(house.notified.records == [child.record])
                let further = try await house.delegate(
                    to: planner, after: child, for: parent, scopes: "git:read")
                #expect(try await house.ledger.token(further.id) == further)
                #expect(further.record.actors == [planner.id, agent.id])
                #expect(
                    Set(try await house.loaded().records) == Set([parent, child, further].map(\.record)))
                var query = TokenQuery(owner: alice.id, now: .noon)
                query.ownerKind = .agent
                #expect(Set(try await house.ledger.tokens(query).map(\.token)) == [child, further])
                #expect(try await house.ledger.count(query) == 2)
            }
        }

        @Test(
            "an agent has several tokens at once, and those that have ended do not count",
            arguments: Engine.all)
        func several(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, agent) = try await house.aliceAndAgent()
                let parent = try await house.token("laptop", of: alice)
                for _ in 0..<LedgerLimits.activeExchangesPerToken {
                    try await house.delegate(to: agent, for: parent, scopes: "git:read")
                }
                try await expect(.tooManyTokens, in: house) {
                    try await house.delegate(to: agent, for: parent, scopes: "git:read")
                }
                try await house.delegate(to: agent, for: parent, scopes: "git:read", at: .noon + .hours(1))
                let active = TokenQuery(owner: alice.id, states: [.active], now: .noon)
                #expect(
                    try await house.ledger.tokens(active).count == LedgerLimits.activeExchangesPerToken + 2)
            }
        }

        /// What becomes of a child when its parent may do less.
        struct Row: CustomTestStringConvertible, Sendable {
            let before: String
            let child: String
            let after: String
            /// What the child may do then; `nil` where it is revoked.
            let left: String?

            var testDescription: String { "“\(child)”, when “\(before)” becomes “\(after)”" }
        }

        static let rows = [
            Row(before: "", child: "git:read", after: "git", left: "git:read"),
            Row(before: "", child: "git:read", after: "maven", left: nil),
            Row(before: "git", child: "git:read", after: "", left: "git:read"),
            Row(
                before: "git maven", child: "git:read maven", after: "git maven:read",
                left: "git:read maven:read"),
            Row(before: "git", child: "git", after: "git:write:/team", left: "git:write:/team"),
            Row(
                before: "git", child: "git:/team/a.git", after: "git:read:/team", left: "git:read:/team/a.git"
            ),
            Row(before: "git", child: "git:/other", after: "git:/team", left: nil),
            Row(before: "git jeton:rotate", child: "git", after: "jeton:rotate", left: nil),
        ]

        @Test(
            "when a parent may do less, the same transaction writes what agents got for it",
            arguments: Engine.all)
        func narrowed(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, agent) = try await house.aliceAndAgent()
                let planner = try await house.account("bot-planner")
                for row in Self.rows {
                    let parent = try await house.token("t\(row.testDescription.hashValue)", of: alice)
                    let before = try await house.set(row.before, of: parent)
                    let child = try await house.delegate(to: agent, for: before, scopes: row.child)
                    let further = try await house.delegate(
                        to: planner, after: child, for: before, scopes: row.child)
                    house.notified.forget()
                    try await house.set(row.after, of: before)
                    for token in [child, further] {
                        let now = try #require(try await house.ledger.token(token.id))
                        #expect(now.revocation?.reason == (row.left == nil ? .withParent : nil), "\(row)")
                        if let left = row.left { #expect(now.scopes.text == left, "\(row)") }
                        let notified = house.notified.records.last { $0.id == token.id }
                        #expect(notified == now.record, "\(row)")
                    }
                }
            }
        }

        @Test("pauses, an earlier end and a revocation reach the agents of agents", arguments: Engine.all)
        func follows(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, agent) = try await house.aliceAndAgent()
                let planner = try await house.account("bot-planner")
                let parent = try await house.token("laptop", of: alice)
                let child = try await house.delegate(to: agent, for: parent, scopes: "git")
                let further = try await house.delegate(to: planner, after: child, for: parent, scopes: "git")
                func now(_ token: Token) async throws -> Token {
                    let found = try await house.ledger.token(token.id)
                    return try #require(found)
                }
                func setPauses(_ token: Token, _ pauses: [Pause]) async throws {
                    try await house.ledger.change(token.id, at: .noon) { token throws(LedgerError) in
                        token.pauses = pauses
                        return [.note(.tokenPaused)]
                    }
                }
                let pause = Pause(source: .owner, at: .noon, until: .noon + .hours(1), by: alice.id)
                try await setPauses(child, [pause])
                #expect(try await now(further).pauses == [pause.inherited])
                #expect(try await now(parent).pauses.isEmpty)
                try await setPauses(child, [])
                #expect(try await now(further).pauses.isEmpty)
                try await setPauses(parent, [pause])
                #expect(try await now(child).pauses == [pause.inherited])
                #expect(try await now(further).pauses == [pause.inherited])
                try await house.ledger.change(parent.id, at: .noon) { token throws(LedgerError) in
                    token.expiresAt = .noon + .minutes(1)
                    return [.note(.tokenChanged)]
                }
                #expect(try await now(further).expiresAt == .noon + .minutes(1))
                // The end of the one in the middle is that of the one that it called, and of no other.
                try await house.revoke(child, at: .noon)
                #expect(try await now(further).revocation?.reason == .withParent)
                #expect(try await now(parent).revocation == nil)
            }
        }

        @Test("many at once: what is paused or revoked reaches the agents", arguments: Engine.all)
        func bulk(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, agent) = try await house.aliceAndAgent()
                let planner = try await house.account("bot-planner")
                let parent = try await house.token("laptop", of: alice)
                let child = try await house.delegate(to: agent, for: parent, scopes: "git")
                let further = try await house.delegate(to: planner, after: child, for: parent, scopes: "git")
                for (tokens, ended) in [([child.id], [child, further]), ([parent.id, child.id], [parent])] {
                    let bulk = BulkChange(.revoke(.byAdministrator), tokens, event: .note(.tokenRevoked))
                    _ = try await house.ledger.change(bulk)
                    for token in ended {
                        #expect(try await house.ledger.token(token.id)?.revocation != nil)
                    }
                }
            }
        }

        @Test(
            "an agent gets nothing for what is not active, not theirs, or less than it asks for",
            arguments: Engine.all)
        func refused(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, agent) = try await house.aliceAndAgent()
                let planner = try await house.account("bot-planner")
                let bob = try await house.person("bob")
                let parent = try await house.set(
                    "git:read jeton:manage", of: try await house.token(of: alice))
                for scopes in ["git", "git:write", "maven:read", "", "jeton:manage", "git:read jeton:manage"]
                {
                    try await expect(.notActive, in: house) {
                        try await house.delegate(to: agent, for: parent, scopes: scopes)
                    }
                }
                try await expect(.notActive, in: house) {
                    try await house.delegate(to: bob, for: parent, scopes: "git:read")
                }
                try await expect(.noSuchToken, in: house) {
                    try await house.delegate(to: agent, for: parent, scopes: "git:read", owner: bob.id)
                }
                let child = try await house.delegate(to: agent, for: parent, scopes: "git:read:/team")
                // No further agent may do more than the one before, or last longer, or belong to another token.
                try await expect(.notActive, in: house) {
                    try await house.delegate(to: planner, after: child, for: parent, scopes: "git:read")
                }
                try await expect(.notActive, in: house) {
                    try await house.delegate(
                        to: planner, after: child, for: parent, scopes: "git:read:/team", lasting: .hours(1))
                }
                let other = try await house.token("other", of: alice)
                try await expect(.notActive, in: house) {
                    try await house.delegate(to: planner, after: child, for: other, scopes: "git:read:/team")
                }
                _ = try await house.ledger.suspend(
                    agent.id, since: .noon, event: .note(.subjectSuspended, about: agent))
                for after in [nil, child] {
                    try await expect(.notActive, in: house) {
                        try await house.delegate(
                            to: after == nil ? agent : planner, after: after, for: parent,
                            scopes: "git:read:/team")
                    }
                }
            }
        }

        @Test("a token that is handed over leaves its agents behind", arguments: Engine.all)
        func handedOver(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, agent) = try await house.aliceAndAgent()
                let parent = try await house.token("laptop", of: alice)
                let child = try await house.delegate(to: agent, for: parent, scopes: "git:read")
                let program = try await house.exchange(for: parent)
                let ci = try await house.account("bot-ci")
                try await house.ledger.handOver(
                    HandingOver(
                        of: parent, to: ci.id, name: parent.name, scopes: .everyService, at: .noon),
                    event: .note(.tokenHandedOver))
                #expect(try await house.ledger.token(child.id)?.revocation?.reason == .withParent)
                #expect(try await house.ledger.token(program.id)?.revocation == nil)
            }
        }
    }
}

extension House {
    fileprivate func aliceAndAgent() async throws -> (Subject, Subject) {
        (try await person("alice"), try await account("bot-agent"))
    }

    /// Gives a token other scopes.
    @discardableResult
    fileprivate func set(_ text: String, of token: Token) async throws -> Token {
        let scopes = try #require(Scopes(text: text))
        return try await ledger.change(token.id, at: .noon) { token throws(LedgerError) in
            token.scopes = scopes
            return [.note(.tokenChanged)]
        }
    }

    /// A token of `agent` on behalf of the owner of `parent`, for that or for the one of another agent.
    @discardableResult
    func delegate(
        to agent: Subject, after other: Token? = nil, for parent: Token, scopes: String,
        owner: SubjectID? = nil, at moment: Timestamp = .noon, lasting span: TimeSpan = .minutes(15)
    ) async throws -> Token {
        let delegation = Token.Delegation(
            actor: agent.id, after: other?.delegation?.actors ?? [], from: other?.secret)
        let token = Token(
            id: .next(at: moment), owner: owner ?? parent.owner,
            name: try TokenName("\(agent.login) on behalf of alice"),
            scopes: try #require(Scopes(text: scopes)), createdAt: moment,
            origin: .exchange(
                Token.Exchange(
                    parent: parent.secret, device: try TokenName(agent.login.text), delegation: delegation)),
            expiresAt: moment + span)
        try await ledger.exchange(token, digest: .fresh(), from: "", event: .created(token))
        return token
    }
}
