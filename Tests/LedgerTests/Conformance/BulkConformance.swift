import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Changing many tokens at once") struct Bulk {
        private static func change(
            _ act: BulkAct, _ tokens: [Token], at moment: Timestamp = .noon, by actor: Subject? = nil,
            note: String = ""
        ) -> BulkChange {
            let kind: Event.Kind =
                switch act {
                case .pause: .tokenPaused
                case .release: .tokenResumed
                case .notify: .ownerNotified
                case .revoke: .tokenRevoked
                }
            let event = Event(
                id: .next(at: moment), kind, at: moment, actor: actor?.id, address: "192.0.2.9")
            return BulkChange(act, tokens.map(\.id), event: event, note: note)
        }

        @Test("a pause reaches every secret of each, and what was exchanged for it", arguments: Engine.all)
        func pause(engine: Engine) async throws {
            try await engine.open { house in
                let root = try await house.administrator("root")
                let alice = try await house.person("alice")
                let bob = try await house.person("bob")
                let rotated = try await house.token("rotated", of: alice)
                let child = try await house.exchange(for: rotated)
                let current = try await house.rotate(
                    rotated, of: alice, at: .noon, previousEnds: .noon + .days(7))
                let plain = try await house.token("plain", of: bob)
                let other = try await house.token("other", of: bob)
                let revoked = try await house.revoke(try await house.token("revoked", of: bob))
                let expired = try await house.token("expired", of: bob, expires: .noon)
                house.notified.forget()
                let known = try await house.events().count
                let outcome = try await house.ledger.change(
                    Self.change(
                        .pause(.administrator, until: .noon + .days(1)), [plain, revoked, rotated, expired],
                        by: root, note: ": clean-up"))
                #expect(outcome.changed == [rotated.id, plain.id])
                #expect(outcome.left == [revoked.id, expired.id])
                let pause = Pause(
                    source: .administrator, at: .noon, until: .noon + .days(1), by: root.id)
                for token in [rotated, plain] {
                    #expect(try await house.ledger.token(token.id)?.pauses == [pause])
                }
                #expect(try await house.ledger.token(child.id)?.pauses == [pause.inherited])
                #expect(try await house.ledger.token(other.id)?.pauses == [])
                #expect(
                    Set(house.notified.records.map(\.secret))
                        == [rotated.secret, current.secret, child.secret, plain.secret])
                #expect(house.notified.records.allSatisfy { !$0.pauses.isEmpty })
                let events = try await house.events()
                #expect(events.count == known + 2)
                for (event, token) in zip(events.prefix(2), [plain, rotated]) {
                    #expect(event.kind == .tokenPaused && event.actor == root.id && event.at == .noon)
                    #expect(event.token == token.id && event.subject == token.owner)
                    #expect(event.address == "192.0.2.9" && event.detail == "\(token.name): clean-up")
                }
                try await house.ledger.sweep(at: .noon + .days(1))
                #expect(try await house.ledger.token(plain.id)?.pauses == [])
            }
        }

        @Test("an administrator's pause replaces the one before", arguments: Engine.all)
        func replace(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token(of: alice)
                let own = Pause(source: .owner, at: .noon, until: .noon + .days(3), by: alice.id)
                try await house.ledger.change(token.id, at: .noon) { token in
                    token.pauses = [own]
                    return [.note(.tokenPaused)]
                }
                for (hours, end) in [(1, nil), (2, Timestamp.noon + .days(1))] {
                    let moment = Timestamp.noon + .hours(Int64(hours))
                    _ = try await house.ledger.change(
                        Self.change(.pause(.administrator, until: end), [token], at: moment))
                    let pause = Pause(source: .administrator, at: moment, until: end, by: nil)
                    #expect(try await house.ledger.token(token.id)?.pauses == [own, pause])
                }
                try await house.ledger.sweep(at: .noon + .days(2))
                #expect(try await house.ledger.token(token.id)?.pauses.count == 2, "one is in force")
                try await house.ledger.sweep(at: .noon + .days(3))
                #expect(try await house.ledger.token(token.id)?.pauses == [])
            }
        }

        @Test(
            "a revocation ends every secret, what was exchanged, and frees the names", arguments: Engine.all)
        func revoke(engine: Engine) async throws {
            try await engine.open { house in
                let root = try await house.administrator("root")
                let alice = try await house.person("alice")
                let token = try await house.token("CI", of: alice)
                let child = try await house.exchange(for: token)
                let rotated = try await house.rotate(
                    token, of: alice, at: .noon, previousEnds: .noon + .days(7))
                house.notified.forget()
                let bulk = Self.change(
                    .revoke(.byAdministrator), [token], at: .noon + .hours(1), by: root, note: ": leaked")
                #expect(try await house.ledger.change(bulk).changed == [token.id])
                #expect(
                    Set(house.notified.records.filter(\.isRevoked).map(\.secret))
                        == [token.secret, rotated.secret, child.secret])
                let revoked = try await house.ledger.token(token.id)?.revocation
                #expect(revoked == .init(at: .noon + .hours(1), by: root.id, reason: .byAdministrator))
                #expect(try await house.ledger.token(child.id)?.revocation?.reason == .withParent)
                let events = try await house.events().prefix(2)
                #expect(events.map(\.token) == [child.id, token.id])
                #expect(events.last?.detail == "CI: leaked")
                try await house.token("CI", of: alice)
                #expect(try await house.ledger.change(bulk).left == [token.id], "a second time")
            }
        }

        @Test("however many they are, each is changed once, in one change", arguments: Engine.all)
        func many(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token("CI", of: alice)
                let unknown = (0..<9000).map { _ in TokenID.next(at: .noon) }
                let bulk = BulkChange(
                    .pause(.administrator, until: nil),
                    unknown.prefix(4500) + [token.id] + unknown.suffix(4500),
                    event: .note(.tokenPaused))
                let outcome = try await house.ledger.change(bulk)
                #expect(outcome.changed == [token.id] && outcome.left == unknown)
                #expect(try await house.ledger.token(token.id)?.pauses.count == 1)
            }
        }

        @Test("a selection is kept for a day, exactly as it was made", arguments: Engine.all)
        func selection(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                var made: [TokenID] = []
                for index in 0..<5 { made.append(try await house.token("\(index)", of: alice).id) }
                var query = TokenQuery(states: Token.State.working, now: .noon, limit: 3)
                #expect(try await house.ledger.identifiers(query) == Array(made.prefix(3)))
                query.among = [made[4], made[1], .next(at: .noon)]
                #expect(try await house.ledger.identifiers(query) == [made[1], made[4]])
                query.holding = .scim
                #expect(try await house.ledger.identifiers(query) == [])
                let selection = TokenSelection(
                    by: alice.id, at: .noon, tokens: [made[3], made[0]], spared: [made[2]])
                try await house.ledger.add(selection)
                try await house.ledger.sweep(at: .noon + .days(1))
                #expect(try await house.ledger.selection(selection.id) == selection)
                #expect(try await house.ledger.selection(.next(at: .noon)) == nil)
                try await house.ledger.sweep(at: .noon + .days(1) + .seconds(1))
                #expect(try await house.ledger.selection(selection.id) == nil)
            }
        }

        @Test("a summary says whose they are, and what they were used for", arguments: Engine.all)
        func summary(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let bot = try await house.account("svc-ci")
                let git = try await house.token("git", of: alice)
                let both = try await house.token("both", of: alice)
                let idle = try await house.token("idle", of: bot)
                let other = try await house.token("other", of: try await house.person("bob"))
                try await house.use(git, at: .noon, at: "git")
                try await house.use(both, at: .noon, at: "git")
                try await house.use(both, at: .noon, at: "maven")
                try await house.use(other, at: .noon, at: "npm")
                try await house.use(idle, at: .noon - .days(30), at: "git")
                let summary = try await house.ledger.summary(
                    of: [git, both, idle].map(\.id), usedSince: .noon - .days(7), at: .noon)
                #expect((summary.people, summary.accounts, summary.used) == (1, 1, 2))
                #expect(summary.services.map(\.name) == ["git", "maven"])
                #expect(summary.services.map(\.tokens) == [2, 1])
                let none = try await house.ledger.summary(of: [], usedSince: .noon, at: .noon)
                #expect(none == BulkSummary())
            }
        }
    }
}
