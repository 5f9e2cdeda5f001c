import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Facts that time makes") struct NoticeFacts {
        private static func use(
            _ token: Token, from address: String, at moment: Timestamp, service: String = "git"
        ) -> Use {
            Use(
                secret: token.secret, service: service, address: address, client: "Git 2.39", lastAt: moment,
                count: 1)
        }

        @Test("an event is kept once while its mark is", arguments: Engine.all)
        func once(engine: Engine) async throws {
            try await engine.open { house in
                let (ledger, mark) = (house.ledger, SHA256Digest.fresh())
                func add(at now: Timestamp) async throws -> Bool {
                    try await ledger.add(
                        .note(.refusalBurst, at: now), once: mark, until: now + .days(7), at: now)
                }
                let added = [
                    try await add(at: .noon), try await add(at: .noon + .days(6)),
                    try await add(at: .noon + .days(7)),
                ]
                #expect(added == [true, false, true])
                #expect(try await house.events().count == 2)
            }
        }

        @Test("an expiry is told by the tightest span, never by a wider one after it", arguments: Engine.all)
        func expiring(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let alice = try await house.person("alice")
                let end = Timestamp.noon + .days(100)
                let token = try await house.token("long", of: alice, expires: end)
                try await house.token("short", of: alice, at: end - .days(3), expires: end)
                try await house.token("for good", of: alice)
                func found(_ daysBefore: Int64) async throws -> [String] {
                    try await ledger.expiringTokens(
                        within: [30, 7, 1], at: end - .days(daysBefore), limit: 9
                    ).map(\.token.name.text)
                }
                func tell(_ days: Int, of expiry: Timestamp = end) async throws -> Bool {
                    try await ledger.add(
                        .note(.tokenExpiring), expiryOf: token.id, at: expiry, within: days)
                }
                #expect(try await found(31).isEmpty)
                #expect(try await found(30) == ["long"])
                #expect(try await tell(30))
                #expect(try await !tell(30))
                #expect(try await found(29).isEmpty)
                #expect(try await found(8).isEmpty)
                // It was made for three days: what it is told of is the last.
                #expect(try await found(2) == ["long"])
                #expect(try await found(1) == ["long", "short"])
                #expect(try await tell(1))
                #expect(try await !tell(7))
                #expect(try await found(1) == ["short"])
                // Another expiry is told anew.
                #expect(try await tell(30, of: end + .days(90)))
            }
        }

        @Test("a token that expired while it was used is found, for a week", arguments: Engine.all)
        func expiredInUse(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let alice = try await house.person("alice")
                let end = Timestamp.noon + .days(100)
                let used = try await house.token("used", of: alice, expires: end)
                let old = try await house.token("old", of: alice, expires: end)
                try await house.token("never", of: alice, expires: end)
                try await ledger.record([
                    Self.use(used, from: "192.0.2.1", at: end - .days(6)),
                    Self.use(old, from: "192.0.2.1", at: end - .days(8)),
                ])
                func found(_ now: Timestamp) async throws -> [String] {
                    try await ledger.tokensExpiredInUse(
                        since: now - .days(7), usedWithin: .days(7), at: now, limit: 9
                    ).map(\.token.name.text)
                }
                #expect(try await found(end - .seconds(1)).isEmpty)
                #expect(try await found(end) == ["used"])
                #expect(try await found(end + .days(8)).isEmpty)
                _ = try await ledger.add(
                    .note(.tokenExpiredInUse), expiryOf: used.id, at: end, within: 0)
                #expect(try await found(end).isEmpty)
            }
        }

        @Test("a network that a token was never used from is found on its first day", arguments: Engine.all)
        func newNetworks(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let alice = try await house.person("alice")
                let (old, new) = (
                    try await house.token("old", of: alice), try await house.token("new", of: alice)
                )
                let tomorrow = Timestamp.noon + .days(1)
                try await ledger.record([
                    Self.use(old, from: "192.0.2.1", at: .noon),
                    Self.use(old, from: "192.0.2.77", at: tomorrow),
                    Self.use(old, from: "198.51.100.1", at: tomorrow),
                    Self.use(new, from: "198.51.100.1", at: tomorrow),
                    Self.use(new, from: "203.0.113.1", at: tomorrow),
                ])
                let found = try await ledger.newNetworks(on: tomorrow.day, limit: 9)
                #expect(found.map(\.token) == [old.id] && found.map(\.address) == ["198.51.100.1"])
                #expect(found.first?.service == "git" && found.first?.client == "Git 2.39")
                #expect(try await ledger.newNetworks(on: Timestamp.noon.day, limit: 9).isEmpty)
            }
        }

        @Test("a previous secret that is still used a day before its end is found", arguments: Engine.all)
        func previousSecrets(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let alice = try await house.person("alice")
                let end = Timestamp.noon + .days(7)
                let token = try await house.token("ci", of: alice)
                let quick = try await house.token("quick", of: alice)
                try await house.rotate(token, of: alice, at: .noon, previousEnds: end)
                try await house.rotate(quick, of: alice, at: end - .hours(3), previousEnds: end)
                for one in [token, quick] {
                    try await ledger.record([Self.use(one, from: "192.0.2.1", at: end - .hours(2))])
                }
                func found(_ now: Timestamp) async throws -> [EndingSecret] {
                    try await ledger.previousSecretsInUse(endingWithin: .days(1), at: now, limit: 9)
                }
                #expect(try await found(end - .days(2)).isEmpty)
                #expect(
                    try await found(end - .hours(1))
                        == [EndingSecret(token: token.id, secret: token.secret, endsAt: end)])
                #expect(try await found(end).isEmpty)
            }
        }

        @Test(
            "a token that is refused again and again is found, with where it is most", arguments: Engine.all)
        func bursts(engine: Engine) async throws {
            try await engine.open { house in
                let ledger = house.ledger
                let alice = try await house.person("alice")
                let token = try await house.token("ci", of: alice)
                func refuse(_ service: String, _ count: Int) async throws {
                    let use = Use(
                        secret: token.secret, service: service, address: "192.0.2.1", client: "Maven 3.9",
                        lastAt: .noon, count: count)
                    try await ledger.record(refusals: [RefusedUse(use, .expired)])
                }
                try await refuse("git", 10)
                try await refuse("maven", 39)
                #expect(try await ledger.refusalBursts(on: Timestamp.noon.day, atLeast: 50, limit: 9).isEmpty)
                try await refuse("git", 1)
                #expect(
                    try await ledger.refusalBursts(on: Timestamp.noon.day, atLeast: 50, limit: 9) == [
                        RefusalBurst(
                            token: token.id, count: 50, reason: "expired", service: "maven",
                            address: "192.0.2.1", client: "Maven 3.9")
                    ])
            }
        }

        @Test("people are found by their groups", arguments: Engine.all)
        func groups(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice", groups: ["ops"])
                let bob = try await house.person("bob", groups: ["leads", "devops"])
                try await house.person("carol", groups: ["devops"])
                let found = try await house.ledger.people(inAnyOf: ["ops", "leads"], limit: 9)
                #expect(found.map(\.id) == [alice.id, bob.id])
                #expect(try await house.ledger.people(inAnyOf: [], limit: 9).isEmpty)
            }
        }

        @Test(
            "a browser is told when somebody signs in with it for the first time, but not their first one",
            arguments: Engine.all)
        func browsers(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                func signIn(_ client: String, _ address: String) async throws {
                    let session = Session(
                        id: .next(at: .noon), digest: .fresh(), subject: alice.id, createdAt: .noon,
                        lastSeenAt: .noon, address: address, client: client)
                    try await house.ledger.add(session, event: .note(.signedIn, about: alice))
                }
                func told() async throws -> [String] {
                    try await house.events().filter { $0.kind == .newBrowser }.map(\.detail)
                }
                try await signIn("Firefox 140", "192.0.2.1")
                try await signIn("Firefox 141", "192.0.2.9")
                #expect(try await told().isEmpty)
                try await signIn("Chrome 140", "192.0.2.1")
                try await signIn("Firefox 140", "198.51.100.1")
                #expect(try await told() == ["Firefox 140", "Chrome 140"])
            }
        }
    }
}
