import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Incidents") struct Incidents {
        private struct Opened {
            let incident: Incident
            let outcome: BulkOutcome
        }

        private static func open(
            _ title: String, _ tokens: [Token], by root: Subject, in house: House
        ) async throws -> Opened {
            let opened = try await house.ledger.open(
                NewIncident(title: title, by: root.id, at: .noon),
                pausing: BulkChange(
                    .pause(.incident, until: nil), tokens.map(\.id),
                    event: Event(id: .next(at: .noon), .tokenPaused, at: .noon, actor: root.id)),
                event: Event(id: .next(at: .noon), .incidentOpened, at: .noon, actor: root.id))
            return Opened(incident: opened.incident, outcome: opened.outcome)
        }

        private static func release(
            _ tokens: [Token], of number: Int, in house: House
        ) async throws -> BulkOutcome {
            try await house.ledger.change(
                BulkChange(
                    .release(incident: number), tokens.map(\.id),
                    event: Event(id: .next(at: .noon), .tokenResumed, at: .noon, actor: nil),
                    incident: number))
        }

        @Test("it pauses its tokens in one change, and each event has its number", arguments: Engine.all)
        func open(engine: Engine) async throws {
            try await engine.open { house in
                let root = try await house.administrator("root")
                let alice = try await house.person("alice")
                let token = try await house.token("CI", of: alice)
                let child = try await house.exchange(for: token)
                let revoked = try await house.revoke(try await house.token("gone", of: alice))
                let opened = try await Self.open("Laptop lost", [token, revoked], by: root, in: house)
                #expect(
                    opened.incident
                        == Incident(number: 1, title: "Laptop lost", openedAt: .noon, openedBy: root.id))
                #expect(opened.outcome == BulkOutcome(changed: [token.id], left: [revoked.id]))
                #expect(try await house.ledger.token(token.id)?.pauses.map(\.source) == [.incident])
                #expect(try await house.ledger.token(child.id)?.state(at: .noon) == .paused)
                let events = try await house.events().prefix(2)
                #expect(events.map(\.kind) == [.tokenPaused, .incidentOpened])
                #expect(events.map(\.incident) == [1, 1])
                #expect(events.map(\.detail) == ["CI", "Laptop lost"])
                let second = try await Self.open("Another", [token], by: root, in: house)
                #expect(second.incident.number == 2)
                #expect(
                    try await house.ledger.incidents(before: nil, limit: 9)
                        == [second.incident, opened.incident])
                #expect(try await house.ledger.incidents(before: 2, limit: 9) == [opened.incident])
                #expect(try await house.ledger.incidents(before: nil, limit: 1) == [second.incident])
                #expect(try await house.ledger.incident(3) == nil)
            }
        }

        @Test("a token works again once each incident has released it", arguments: Engine.all)
        func release(engine: Engine) async throws {
            try await engine.open { house in
                let root = try await house.administrator("root")
                let alice = try await house.person("alice")
                let token = try await house.token("CI", of: alice)
                let child = try await house.exchange(for: token)
                let other = try await house.token("other", of: alice)
                let own = Pause(source: .owner, at: .noon, until: .noon + .days(1), by: alice.id)
                try await house.ledger.change(other.id, at: .noon) { token in
                    token.pauses = [own]
                    return [.note(.tokenPaused)]
                }
                _ = try await Self.open("One", [token, other], by: root, in: house)
                _ = try await Self.open("Two", [token], by: root, in: house)
                #expect(try await house.ledger.token(token.id)?.pauses.count == 2)
                #expect(
                    try await Self.release([token, other], of: 1, in: house).changed == [token.id, other.id])
                #expect(try await house.ledger.token(token.id)?.state(at: .noon) == .paused)
                #expect(try await house.ledger.token(other.id)?.pauses == [own])
                #expect(try await house.ledger.counts(of: 1, at: .noon) == [.released: 2])
                #expect(try await house.ledger.counts(of: 2, at: .noon) == [.paused: 1])
                #expect(try await Self.release([token], of: 1, in: house).left == [token.id], "a second time")
                house.notified.forget()
                #expect(try await Self.release([token, other], of: 2, in: house).left == [other.id])
                #expect(try await house.ledger.token(token.id)?.pauses == [])
                #expect(try await house.ledger.token(child.id)?.pauses == [])
                #expect(Set(house.notified.records.map(\.secret)) == [token.secret, child.secret])
                var query = EventQuery()
                query.incident = 2
                #expect(
                    try await house.ledger.events(query).events.map(\.kind)
                        == [.tokenResumed, .tokenPaused, .incidentOpened])
                // The owner's pause ends by the clock, as before.
                try await house.ledger.sweep(at: .noon + .days(1))
                #expect(try await house.ledger.token(other.id)?.pauses == [])
            }
        }

        @Test(
            "it follows a token to its new identifier, and names what became of each", arguments: Engine.all)
        func states(engine: Engine) async throws {
            try await engine.open { house in
                let root = try await house.administrator("root")
                let alice = try await house.person("alice")
                var tokens: [Token] = []
                for name in ["released", "revoked", "renamed", "paused"] {
                    tokens.append(try await house.token(name, of: alice))
                }
                _ = try await Self.open("One", tokens, by: root, in: house)
                _ = try await Self.release([tokens[0]], of: 1, in: house)
                try await house.revoke(tokens[1])
                let renamed = try await house.regenerate(
                    tokens[2], of: alice, at: .noon + .hours(1), oldEnds: .noon + .hours(1))
                let now = Timestamp.noon + .hours(2)
                #expect(
                    try await house.ledger.counts(of: 1, at: now) == [.released: 1, .ended: 1, .paused: 2])
                func members(
                    _ state: IncidentTokenState, after: TokenID? = nil, limit: Int = 9
                ) async throws -> [TokenID] {
                    try await house.ledger.tokens(of: 1, in: state, at: now, after: after, limit: limit)
                }
                #expect(try await members(.ended) == [tokens[1].id])
                #expect(try await members(.paused) == [tokens[3].id, renamed.id])
                #expect(try await members(.paused, limit: 1) == [tokens[3].id])
                #expect(try await members(.paused, after: tokens[3].id) == [renamed.id])
                #expect(try await Self.release([renamed], of: 1, in: house).changed == [renamed.id])
            }
        }

        @Test("it is closed once it pauses nothing any more", arguments: Engine.all)
        func close(engine: Engine) async throws {
            try await engine.open { house in
                let root = try await house.administrator("root")
                let token = try await house.token("CI", of: try await house.person("alice"))
                _ = try await Self.open("One", [token], by: root, in: house)
                func close(_ number: Int = 1) async throws -> Incident {
                    try await house.ledger.close(
                        number,
                        event: Event(
                            id: .next(at: .noon), .incidentClosed, at: .noon, actor: root.id))
                }
                try await expect(.noSuchIncident, in: house) { _ = try await close(2) }
                try await expect(.incidentHasPauses(1), in: house) { _ = try await close() }
                try await house.revoke(token)
                let closed = try await close()
                #expect(closed.closedAt == .noon)
                let last = try await house.events().first
                #expect(last?.kind == .incidentClosed && last?.detail == "One" && last?.incident == 1)
                let events = try await house.events().count
                #expect(try await close() == closed)
                #expect(try await house.events().count == events)
            }
        }
    }
}
