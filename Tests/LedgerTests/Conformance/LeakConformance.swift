import Ledger
import TestHouse
import Testing
import TokenIndex
import Tokens

extension LedgerConformance {
    @Suite("Leaks") struct Leaks {
        private struct Known {
            let token: Token
            let secret: TokenSecret
        }

        private static func token(_ name: String, of owner: Subject, in house: House) async throws -> Known {
            let secret = TokenFormat.standard.makeSecret()
            let token = try Token.made(name, of: owner, at: .noon)
            try await house.ledger.add(token, digest: secret.digest, event: .created(token))
            return Known(token: token, secret: secret)
        }

        private static func report(
            _ secrets: [TokenSecret], at url: String = "https://git.example/1", _ act: LeakAct,
            on moment: Timestamp = .noon, in house: House
        ) async throws -> [LeakOutcome?] {
            try await house.ledger.report(
                LeakReport(
                    secrets.map { ReportedLeak(digest: $0.digest, url: url, source: "commit") }, by: "github",
                    at: moment, address: "192.0.2.7"
                ) { _ in act })
        }

        @Test(
            "a token that works is revoked, paused or left, with the place and the events",
            arguments: Engine.all)
        func acts(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                for (act, state, kinds) in [
                    (LeakAct.revoke, Token.State.revoked, [Event.Kind.tokenRevoked, .leakReported]),
                    (.pause, .paused, [.tokenPaused, .leakReported]), (.notify, .active, [.leakReported]),
                ] {
                    let known = try await Self.token("t-\(act)", of: alice, in: house)
                    let outcome = try #require(try await Self.report([known.secret], act, in: house)[0])
                    #expect(outcome.act == act && outcome.isNew && outcome.found.isWorking)
                    #expect(outcome.found.token == known.token && outcome.found.owner == alice)
                    let token = try #require(try await house.ledger.token(known.token.id))
                    #expect(token.state(at: .noon) == state)
                    if act == .revoke { #expect(token.revocation?.reason == .leaked) }
                    if act == .pause { #expect(token.pauses.map(\.source) == [.leak]) }
                    let events = try await house.events().prefix(kinds.count)
                    #expect(events.map(\.kind) == kinds)
                    #expect(events.allSatisfy { $0.token == token.id && $0.subject == alice.id })
                    #expect(
                        events.last?.detail.hasPrefix(
                            "t-\(act), found by github at https://git.example/1 (commit); it work") == true)
                    let leak = try #require(try await house.ledger.leaks(of: token.id).first)
                    #expect(leak.act == act && leak.wasWorking && leak.reporter == "github")
                    #expect(leak.url == "https://git.example/1" && leak.foundAt == .noon)
                    #expect(
                        house.notified.records.last { $0.id == token.id }?.isRevoked ?? false
                            == (act == .revoke))
                }
            }
        }

        @Test("a place counts once; another one is another", arguments: Engine.all)
        func again(engine: Engine) async throws {
            try await engine.open { house in
                let known = try await Self.token("CI", of: try await house.person("alice"), in: house)
                _ = try await Self.report([known.secret, known.secret], .pause, in: house)
                #expect(try await house.ledger.leaks(of: known.token.id).count == 1)
                try await house.ledger.change(known.token.id, at: .noon) { token in
                    token.pauses = []
                    return [.note(.tokenResumed)]
                }
                let count = try await house.events().count
                let later: Timestamp = .noon + .hours(1)
                let outcome = try await Self.report([known.secret], .pause, on: later, in: house)[0]
                #expect(outcome?.isNew == false && outcome?.act == nil)
                #expect(try await house.events().count == count)
                #expect(try await house.ledger.token(known.token.id)?.pauses == [])
                let leak = try #require(try await house.ledger.leaks(of: known.token.id).first)
                #expect(leak.foundAt == .noon && leak.lastAt == later)
                _ = try await Self.report(
                    [known.secret], at: "https://wiki.example/2", .pause, on: later, in: house)
                #expect(try await house.ledger.token(known.token.id)?.pauses.map(\.source) == [.leak])
                #expect(
                    try await house.ledger.leaks(of: known.token.id).map(\.url) == [
                        "https://wiki.example/2", leak.url,
                    ])
                // A token that works is revoked, also where the place is known.
                #expect(
                    try await Self.report([known.secret], .revoke, on: later, in: house)[0]?.act == .revoke)
            }
        }

        @Test("a place that was only told of still pauses under another rule", arguments: Engine.all)
        func laterRule(engine: Engine) async throws {
            try await engine.open { house in
                let known = try await Self.token("CI", of: try await house.person("alice"), in: house)
                _ = try await Self.report([known.secret], .notify, in: house)
                let outcome = try await Self.report([known.secret], .pause, in: house)[0]
                #expect(outcome?.act == .pause && outcome?.isNew == false)
                #expect(try await house.ledger.token(known.token.id)?.pauses.map(\.source) == [.leak])
                #expect(try await house.ledger.leaks(of: known.token.id).map(\.act) == [.pause])
                try await house.ledger.change(known.token.id, at: .noon) { token in
                    token.pauses = []
                    return [.note(.tokenResumed)]
                }
                _ = try await Self.report([known.secret], .notify, in: house)
                _ = try await Self.report([known.secret], .pause, in: house)
                #expect(try await house.ledger.token(known.token.id)?.pauses == [])
            }
        }

        @Test(
            "unknown secrets are nobody's; ended ones are recorded and nothing is done", arguments: Engine.all
        )
        func ended(engine: Engine) async throws {
            try await engine.open { house in
                let known = try await Self.token("CI", of: try await house.person("alice"), in: house)
                let revoked = try await house.revoke(known.token)
                let unknown = TokenFormat.standard.makeSecret()
                let outcomes = try await Self.report([unknown, known.secret], .revoke, in: house)
                #expect(outcomes[0] == nil)
                #expect(outcomes[1]?.act == nil && outcomes[1]?.found.isWorking == false)
                #expect(try await house.ledger.token(known.token.id) == revoked)
                #expect(try await house.ledger.leaks(of: known.token.id).map(\.wasWorking) == [false])
                #expect(try await house.events().first?.detail.hasSuffix("it had ended before") == true)
                #expect(try await Self.report([], .revoke, in: house).isEmpty)
            }
        }

        @Test("of a previous secret that works, only that secret ends", arguments: Engine.all)
        func previous(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let known = try await Self.token("CI", of: alice, in: house)
                let rotated = try await house.rotate(
                    known.token, of: alice, at: .noon, previousEnds: .noon + .days(1))
                let outcome = try #require(
                    try await Self.report([known.secret], .revoke, on: .noon + .hours(1), in: house)[0])
                #expect(outcome.act == .revoke && !outcome.found.isCurrent && outcome.found.isWorking)
                #expect(try await house.ledger.token(known.token.id) == rotated)
                #expect(
                    try await house.ledger.previousSecrets(of: known.token.id, at: .noon + .hours(1)) == [])
                #expect(try await house.events().first?.kind == .secretEnded)
                #expect(try await house.ledger.leaks(of: known.token.id).count == 1)
            }
        }

        @Test("who reported is erased with the person", arguments: Engine.all)
        func erasure(engine: Engine) async throws {
            try await engine.open { house in
                let known = try await Self.token("CI", of: try await house.person("alice"), in: house)
                let bob = try await house.person("bob")
                _ = try await house.ledger.report(
                    LeakReport(
                        [ReportedLeak(digest: known.secret.digest, url: "", source: "")], by: "bob",
                        at: .noon,
                        actor: bob.id
                    ) { _ in .notify })
                try await house.ledger.removePerson(bob.id, event: .note(.subjectEnded, about: bob))
                var retention = EventRetention()
                retention.eraseAfter = .days(30)
                try await house.ledger.forget(retention, at: .noon + .days(31))
                let leak = try #require(try await house.ledger.leaks(of: known.token.id).first)
                #expect(leak.reporter == Subject.removedLogin(bob.id))
                let detail = try await house.events().first { $0.kind == .leakReported }?.detail
                #expect(detail == "CI, found by \(leak.reporter); it works")
            }
        }

        @Test("the inventory finds tokens of which a secret that works was found", arguments: Engine.all)
        func finding(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let left = try await Self.token("left", of: alice, in: house)
                let gone = try await Self.token("gone", of: alice, in: house)
                _ = try await Self.token("other", of: alice, in: house)
                _ = try await Self.report([left.secret], .notify, in: house)
                _ = try await Self.report([gone.secret], .revoke, in: house)
                var query = TokenQuery(now: .noon)
                query.states = Token.State.working
                query.finding = .leaked
                #expect(try await house.ledger.tokens(query).map(\.token.id) == [left.token.id])
                query.finding = nil
                #expect(try await house.ledger.findingCounts(query).findings[.leaked] == 1)
            }
        }

        @Test(
            "a thousand at once are one transaction, and few places of one secret are kept",
            arguments: Engine.all)
        func many(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let bob = try await house.person("bob")
                var known: [Known] = []
                for index in 0..<20 {
                    known.append(
                        try await Self.token("t\(index)", of: index % 2 == 0 ? alice : bob, in: house))
                }
                let others = (0..<980).map { _ in TokenFormat.standard.makeSecret() }
                let outcomes = try await Self.report(known.map(\.secret) + others, .revoke, in: house)
                #expect(outcomes.count == 1000 && outcomes.compactMap(\.self).count == 20)
                let flooded = try await Self.token("flooded", of: alice, in: house)
                _ = try await house.ledger.report(
                    LeakReport(
                        (0..<150).map {
                            ReportedLeak(
                                digest: flooded.secret.digest, url: "https://x.example/\($0)", source: "")
                        }, by: "gitlab", at: .noon
                    ) { _ in .notify })
                #expect(
                    try await house.ledger.leaks(of: flooded.token.id).count == LedgerLimits.leaksPerSecret)
            }
        }
    }

    @Suite("Decoys") struct Decoys {
        private static func decoy(_ name: String, of owner: Subject) throws -> Decoy {
            Decoy(id: .next(at: .noon), owner: owner.id, name: try TokenName(name), createdAt: .noon)
        }

        @Test("a decoy is loaded and notified of, is no token, and is revoked once", arguments: Engine.all)
        func life(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let bob = try await house.person("bob")
                let decoy = try Self.decoy("wiki", of: alice)
                let digest = TokenDigest.fresh()
                try await house.ledger.add(decoy, digest: digest, event: .note(.decoyCreated, about: alice))
                let other = try Self.decoy(".netrc", of: bob)
                try await house.ledger.add(other, digest: .fresh(), event: .note(.decoyCreated, about: bob))
                let index = TokenIndex()
                for change in house.notified.changes { index.apply(change) }
                #expect(index.decoy(digest) == decoy.id)
                #expect(index.known(digest) == .unknown)
                #expect(try await house.ledger.token(digest) == nil)
                #expect(try await house.ledger.token(decoy.id) == nil)
                #expect(try await house.ledger.decoys(of: alice.id, limit: 9) == [decoy])
                #expect(try await house.ledger.decoys(of: nil, limit: 9) == [other, decoy])
                #expect(try await house.ledger.decoys(among: [digest, .fresh()]) == [digest: decoy])
                let loaded = TokenIndex(whole: false)
                try await house.ledger.load(into: loaded)
                #expect(loaded.decoy(digest) == decoy.id)
                for _ in 0..<2 {
                    let revoked = try await house.ledger.revokeDecoy(
                        decoy.id, at: .noon, event: .note(.decoyRevoked, about: alice))
                    #expect(revoked.revokedAt == .noon)
                }
                #expect(try await house.events().filter { $0.kind == .decoyRevoked }.count == 1)
                for change in house.notified.changes { index.apply(change) }
                #expect(index.decoy(digest) == nil)
                #expect(try await house.ledger.decoys(of: nil, limit: 9).map(\.id) == [other.id, decoy.id])
                await #expect(throws: LedgerError.noSuchToken) {
                    try await house.ledger.revokeDecoy(
                        .next(at: .noon), at: .noon, event: .note(.decoyRevoked))
                }
            }
        }

        @Test("tries are counted, and the latest is kept", arguments: Engine.all)
        func tries(engine: Engine) async throws {
            try await engine.open { house in
                let decoy = try Self.decoy("wiki", of: try await house.person("alice"))
                try await house.ledger.add(decoy, digest: .fresh(), event: .note(.decoyCreated))
                func tried(_ moment: Timestamp, _ address: String, _ count: Int = 1) -> DecoyTry {
                    DecoyTry(
                        decoy.id, at: moment, service: "maven", address: address, client: "curl 8",
                        count: count)
                }
                let last = tried(.noon + .hours(1), "192.0.2.2")
                try await house.ledger.record(tries: [
                    tried(.noon, "192.0.2.1", 3), last, tried(.noon, "192.0.2.3"),
                ])
                let found = try #require(try await house.ledger.decoy(decoy.id))
                #expect(found.tries == 5)
                #expect(found.lastTry?.at == last.at && found.lastTry?.address == last.address)
                #expect(found.lastTry?.service == "maven" && found.lastTry?.client == "curl 8")
            }
        }

        @Test("nobody has more than the limit", arguments: Engine.all)
        func limit(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                for index in 0..<LedgerLimits.decoysPerSubject {
                    try await house.ledger.add(
                        try Self.decoy("d\(index)", of: alice), digest: .fresh(), event: .note(.decoyCreated))
                }
                await #expect(throws: LedgerError.tooManyTokens) {
                    try await house.ledger.add(
                        try Self.decoy("more", of: alice), digest: .fresh(), event: .note(.decoyCreated))
                }
            }
        }
    }
}
