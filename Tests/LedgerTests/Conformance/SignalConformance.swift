import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Signals") struct Signals {
        private let identity = Identity(issuer: "https://id.example", name: "00u1")

        private func signal(
            _ act: SignalAct, about person: Signal.Person? = nil, session: String? = nil,
            issued: Timestamp = .noon, at moment: Timestamp = .noon
        ) -> Signal {
            Signal(
                stream: "default", mark: .fresh(), markedUntil: .noon + .days(30), name: "session-revoked",
                person: person ?? .identity(identity), session: session, act: act, issuedAt: issued,
                at: moment, address: "192.0.2.9")
        }

        private func person(_ house: House) async throws -> Subject {
            let alice = Subject(
                id: .next(at: .noon), login: try Login("alice"), email: "alice@example.com", createdAt: .noon,
                lastSignInAt: .noon)
            try await house.ledger.add(alice, identity: identity, event: .note(.subjectAdded, about: alice))
            house.notified.forget()
            return alice
        }

        @Test("dormancy lasts until the next sign-in, whichever it is", arguments: Engine.all)
        func dormant(engine: Engine) async throws {
            try await engine.open { house in
                var alice = try await person(house)
                _ = try await house.session(of: alice, providerSession: "s-1")
                let outcome = try await house.ledger.receive(signal(.dormant))
                #expect(outcome == SignalOutcome(person: .found(alice.id), act: .dormant, sessions: 1))
                alice.mustSignInSince = .noon
                #expect(try await house.ledger.subject(alice.id) == alice)
                #expect(house.notified.subjects.last == alice)
                #expect(try await house.loaded().subjects == [alice])
                #expect(try await house.ledger.sessions(of: alice.id).isEmpty)
                #expect(alice.isDormant(nil, at: .noon))
                let query = SubjectQuery(.person, state: .dormant, now: .noon)
                #expect(try await house.ledger.subjects(query).map(\.subject) == [alice])
                // A later one does not begin it anew.
                _ = try await house.ledger.receive(signal(.dormant, at: .noon + .hours(1)))
                #expect(try await house.ledger.subject(alice.id) == alice)
                _ = try await house.session(of: alice, providerSession: nil)
                alice.mustSignInSince = nil
                #expect(try await house.ledger.subject(alice.id) == alice)
                #expect(house.notified.subjects.last == alice)
                let last = try await house.events().first { $0.kind == .signalReceived }
                #expect(
                    last?.detail == "session-revoked: 0 sessions ended, tokens dormant until the next sign-in"
                )
                #expect(last?.subject == alice.id)
                #expect(last?.address == "192.0.2.9")
            }
        }

        @Test("a signal that comes again does nothing", arguments: Engine.all)
        func again(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await person(house)
                let once = signal(.dormant)
                #expect(try await house.ledger.receive(once) != nil)
                _ = try await house.session(of: alice, providerSession: "s-1")
                house.notified.forget()
                let events = try await house.events()
                #expect(try await house.ledger.receive(once) == nil)
                #expect(try await house.events() == events)
                #expect(house.notified.changes.isEmpty)
            }
        }

        @Test("sessions end: all, or the one that the signal names", arguments: Engine.all)
        func sessions(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await person(house)
                for session in ["s-1", "s-2"] {
                    _ = try await house.session(of: alice, providerSession: session)
                }
                let one = try await house.ledger.receive(signal(.endSessions, session: "s-2"))
                #expect(one?.sessions == 1)
                #expect(try await house.ledger.sessions(of: alice.id).map(\.providerSession) == ["s-1"])
                #expect(try await house.ledger.receive(signal(.endSessions, session: "s-9"))?.sessions == 0)
                #expect(try await house.ledger.receive(signal(.endSessions))?.sessions == 1)
                #expect(try await house.ledger.sessions(of: alice.id).isEmpty)
            }
        }

        @Test("active tokens are paused, or revoked, each with an event", arguments: Engine.all)
        func tokens(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await person(house)
                let (one, two) = (
                    try await house.token("one", of: alice), try await house.token("two", of: alice)
                )
                try await house.revoke(two, at: .noon)
                #expect(try await house.ledger.receive(signal(.pause))?.tokens == 1)
                let paused = try await house.ledger.token(one.id)
                #expect(
                    paused?.pauses == [Pause(source: .signal, at: .noon, until: nil, by: nil)])
                #expect(try await house.ledger.receive(signal(.revoke))?.tokens == 1)
                #expect(
                    try await house.ledger.token(one.id)?.revocation
                        == Token.Revocation(at: .noon, by: nil, reason: .bySignal))
                let events = try await house.ledger.events(of: one.id, kinds: [], before: nil, limit: 9)
                #expect(
                    events.map { "\($0.kind.rawValue) \($0.detail)" } == [
                        "token_revoked one: by the signal session-revoked",
                        "token_paused one: by the signal session-revoked", "token_created one",
                    ])
                #expect(events.map(\.isBySignal) == [true, true, false])
            }
        }

        @Test("accounts follow as by SCIM, and a suspension stays", arguments: Engine.all)
        func accounts(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await person(house)
                try await house.ledger.suspend(alice.id, since: .noon, event: .note(.subjectSuspended))
                _ = try await house.ledger.receive(signal(.deactivate))
                var now = try await house.ledger.subject(alice.id)
                #expect(now?.deactivatedAt == .noon)
                _ = try await house.ledger.receive(signal(.deactivate, at: .noon + .hours(1)))
                #expect(try await house.ledger.subject(alice.id)?.deactivatedAt == .noon)
                _ = try await house.ledger.receive(signal(.reactivate))
                now = try await house.ledger.subject(alice.id)
                #expect(now?.deactivatedAt == nil)
                #expect(now?.suspendedAt == .noon)
                _ = try await house.ledger.receive(signal(.remove))
                #expect(try await house.ledger.subject(alice.id)?.endedAt == .noon)
                #expect(try await house.ledger.receive(signal(.reactivate))?.person == .nobody)
                let kinds = try await house.events().reversed().map(\.kind).filter { $0 != .signalReceived }
                #expect(
                    kinds == [
                        .subjectAdded, .subjectSuspended, .subjectDeactivated, .subjectReactivated,
                        .subjectEnded,
                    ])
            }
        }

        @Test(
            "the provider's last word on an account counts, in whatever order signals come",
            arguments: Engine.all)
        func order(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await person(house)
                let later: Timestamp = .noon + .minutes(1)
                _ = try await house.ledger.receive(signal(.deactivate, issued: later))
                let outcome = try await house.ledger.receive(signal(.reactivate, issued: .noon))
                #expect(outcome == SignalOutcome(person: .found(alice.id), isOvertaken: true))
                #expect(outcome?.words == "a later signal came before it, nothing done")
                #expect(try await house.ledger.subject(alice.id)?.deactivatedAt == .noon)
                _ = try await house.ledger.receive(signal(.reactivate, issued: later + .minutes(1)))
                #expect(try await house.ledger.subject(alice.id)?.deactivatedAt == nil)
                // Other acts take nothing back, so that their order does not matter.
                _ = try await house.ledger.receive(signal(.deactivate, issued: later))
                #expect(try await house.ledger.subject(alice.id)?.deactivatedAt == nil)
                #expect(try await house.ledger.receive(signal(.dormant, issued: .noon))?.act == .dormant)
            }
        }

        @Test("who is found, and who is not", arguments: Engine.all)
        func found(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await person(house)
                let bob = try await house.person("bob", email: "BOB@example.com")
                let (carol, _) = try await house.provisioned("carol")
                let root = Subject(
                    id: .next(at: .noon), login: try Login("root"), email: "root@example.com",
                    createdAt: .noon,
                    isBreakGlass: true)
                try await house.ledger.add(root, event: .note(.subjectAdded))
                _ = try await house.person("twin", email: "same@example.com")
                _ = try await house.person("other", email: "SAME@example.com")
                func meant(_ person: Signal.Person) async throws -> SignalOutcome.Person? {
                    try await house.ledger.receive(signal(.note, about: person))?.person
                }
                let issuer = identity.issuer
                #expect(try await meant(.identity(identity)) == .found(alice.id))
                #expect(try await meant(.identity(Identity(issuer: issuer, name: "00U1"))) == .nobody)
                #expect(
                    try await meant(.identity(Identity(issuer: issuer, name: "ext-carol")))
                        == .found(carol.id))
                #expect(try await meant(.email("bob@EXAMPLE.com")) == .found(bob.id))
                #expect(try await meant(.email("root@example.com")) == .nobody)
                #expect(try await meant(.email("same@example.com")) == .several)
                #expect(try await meant(.email("nobody@example.com")) == .nobody)
                #expect(try await meant(.unnamed) == .unnamed)
            }
        }

        @Test("what is known of a stream is kept, and one node polls it", arguments: Engine.all)
        func stream(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                #expect(try await ledger.stream("default") == SignalStream())
                let digest = SHA256Digest.fresh()
                let changed = try await ledger.update(stream: "default") { stream in
                    (stream.id, stream.endpoint, stream.status) = ("s", "https://id.example/poll", "enabled")
                    (stream.askedState, stream.askedAt) = (digest, .noon)
                }
                _ = try await ledger.receive(signal(.note))
                var expected = changed
                (expected.lastEvent, expected.lastAt) = ("session-revoked", .noon)
                #expect(try await ledger.stream("default") == expected)
                #expect(changed.askedState == digest)
                #expect(
                    try await ledger.lease(stream: "default", to: 1, until: .noon + .minutes(1), at: .noon))
                #expect(
                    try await !ledger.lease(stream: "default", to: 2, until: .noon + .minutes(1), at: .noon))
                try await ledger.release(stream: "default", of: 2)
                #expect(
                    try await !ledger.lease(stream: "default", to: 2, until: .noon + .minutes(1), at: .noon))
                try await ledger.release(stream: "default", of: 1)
                #expect(
                    try await ledger.lease(stream: "default", to: 2, until: .noon + .minutes(1), at: .noon))
                let later = Timestamp.noon + .minutes(1)
                #expect(
                    try await ledger.lease(stream: "default", to: 1, until: later + .minutes(1), at: later))
                #expect(try await ledger.stream("default") == expected)
            }
        }
    }
}
