import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Erasing who removed people were") struct Erasures {
        /// Erasure 30 days after a removal.
        private static let inTime: EventRetention = {
            var retention = EventRetention()
            retention.eraseAfter = .days(30)
            return retention
        }()

        @Test("in time the identifier stays, and nothing that tells who it was", arguments: Engine.all)
        func erase(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice", name: "Alice Ärzte")
                _ = try await house.session(of: alice)
                _ = try await house.token("on alice’s laptop", of: alice)
                let request = try house.request("CI", of: alice)
                try await house.ledger.add(request, event: .note(.tokenRequested))
                try await house.ledger.removePerson(
                    alice.id, event: .note(.subjectEnded, about: alice).with(detail: "alice"))
                try await house.ledger.forget(EventRetention(), at: .noon + .days(9999))
                try await house.ledger.forget(Self.inTime, at: .noon + .days(29))
                #expect(try await house.ledger.subject(alice.id)?.login.text == "alice")
                #expect(try await house.ledger.request(request.id)?.reason != "")
                let heir = try await house.person("alice", name: "Alice the Second")

                house.notified.forget()
                try await house.ledger.forget(Self.inTime, at: .noon + .days(30))
                let erased = try #require(try await house.ledger.subject(alice.id))
                let placeholder = Subject.removedLogin(alice.id)
                #expect((erased.login.text, erased.name) == (placeholder, placeholder))
                #expect(house.notified.subjects == [erased])
                #expect(try await house.ledger.signInWays(of: alice.id) == SignInWays())
                #expect(try await house.ledger.request(request.id)?.reason == "")
                let kept = try await house.ledger.tokens(TokenQuery(owner: alice.id, now: .noon))
                #expect(kept.map(\.token.name.text) == ["on alice’s laptop"])
                let removed = SubjectQuery(.person, search: "alice", state: .removed, now: .noon)
                #expect(try await house.ledger.subjects(removed).isEmpty)
                #expect(try await house.ledger.subject(login: Login("alice")) == heir)

                let count = house.notified.changes.count
                try await house.ledger.forget(Self.inTime, at: .noon + .days(31))
                #expect(house.notified.changes.count == count)
            }
        }

        @Test(
            "events keep who did what and when, and what others did keeps from where", arguments: Engine.all)
        func events(engine: Engine) async throws {
            try await engine.open { house in
                let (alice, bob) = (try await house.person("alice"), try await house.person("bob"))
                let token = try await house.token("ci", of: alice)
                func note(
                    _ kind: Event.Kind, by actor: Subject?, _ subject: Subject?, _ detail: String,
                    token: TokenID? = nil
                ) async throws {
                    try await house.ledger.add(
                        Event(
                            kind, at: .noon, actor: actor?.id, subject: subject?.id, token: token,
                            address: "192.0.2.1", detail: detail))
                }
                let before = try await house.events().count
                try await note(.subjectChanged, by: alice, alice, "login ally to alice")
                try await note(.subjectChanged, by: alice, bob, "name")
                try await note(.subjectGroupsChanged, by: bob, alice, "into dev")
                try await note(.signInRefused, by: nil, alice, "wrong password")
                try await note(.signInRefused, by: nil, nil, "unknown login")
                try await note(.tokenChanged, by: alice, alice, "ci (git:read)", token: token.id)
                try await house.ledger.end(
                    alice.id, at: nil, event: .note(.subjectEnded, at: .noon, about: alice))
                try await house.ledger.forget(Self.inTime, at: .noon + .days(31))
                let events = try await house.events().dropLast(before).reversed().dropLast()
                #expect(
                    events.map(\.detail) == ["", "name", "", "", "unknown login", "ci (git:read)"])
                #expect(
                    events.map(\.address) == ["", "", "192.0.2.1", "", "192.0.2.1", ""])
                #expect(events.map(\.actor) == [alice.id, alice.id, bob.id, nil, nil, alice.id])
            }
        }

        @Test("nothing is erased before every export has sent it", arguments: Engine.all)
        func exports(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                try await house.ledger.end(
                    alice.id, at: nil, event: .note(.subjectEnded, at: .noon, about: alice))
                var retention = Self.inTime
                retention.exports = ["file"]
                let late = Timestamp.noon + .days(31)
                func login() async throws -> String? {
                    try await house.ledger.forget(retention, at: late)
                    return try await house.ledger.subject(alice.id)?.login.text
                }
                #expect(try await login() == "alice")
                _ = try await house.ledger.lease(export: "file", to: 1, until: late, at: .noon)
                #expect(try await login() == "alice")
                let last = try #require(try await house.events().first)
                #expect(try await house.ledger.advance(export: "file", of: 1, to: last.id))
                #expect(try await login() == Subject.removedLogin(alice.id))
            }
        }

        @Test(
            "who knows a secret that they handed over is told by the identifier alone", arguments: Engine.all)
        func handedOver(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let ci = try await house.account("bot-ci", ServiceAccount(purpose: ""))
                let token = try await house.token("build", of: alice)
                try await house.ledger.handOver(
                    HandingOver(of: token, to: ci.id, scopes: token.scopes, at: .noon),
                    event: Event(
                        id: .next(at: .noon), .tokenHandedOver, at: .noon, actor: nil, subject: alice.id,
                        token: token.id))
                try await house.ledger.suspend(
                    alice.id, since: .noon, event: .note(.subjectSuspended, about: alice))
                func told() async throws -> [String] {
                    try await house.events().filter { $0.kind == .rotationDue }.map(\.detail)
                }
                #expect(try await told().count == 1)
                try await house.ledger.removePerson(alice.id, event: .note(.subjectEnded, about: alice))
                #expect(try await told()[0].contains("known to alice,"))
                try await house.ledger.forget(Self.inTime, at: .noon + .days(31))
                #expect(try await told()[0].contains("known to removed person \(alice.id),"))
            }
        }
    }
}
