import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Trust rules") struct Trust {
        private let claims = [
            ClaimMatch(stored: "repository_id", value: "74", isPattern: false),
            ClaimMatch(stored: "ref", value: "refs/tags/*, \u{E9}", isPattern: true),
        ]

        private func rule(
            _ name: String = "release", of owner: Subject, issuer: String = "https://ci.test",
            ends: Timestamp? = nil
        ) throws -> TrustRule {
            TrustRule(
                id: .next(at: .noon), owner: owner.id, name: try TokenName(name), issuer: issuer,
                claims: claims, scopes: try #require(Scopes(text: "git:read maven:write")),
                lifetime: .minutes(20), createdAt: .noon, createdBy: owner.id, expiresAt: ends)
        }

        private func token(
            _ rule: TrustRule, at moment: Timestamp = .noon, lasting: TimeSpan = .minutes(20),
            scopes: String = "maven:write", run: String = "991"
        ) throws -> Token {
            Token(
                id: .next(at: moment), owner: rule.owner, name: try TokenName("acme/app release.yml #\(run)"),
                scopes: try #require(Scopes(text: scopes)), createdAt: moment,
                origin: .job(
                    Token.Job(
                        rule: rule.id, issuer: "ci", subject: "repo:acme/app", repository: "acme/app",
                        workflow: "release.yml", run: run)), expiresAt: moment + lasting)
        }

        private func trade(
            _ token: Token, _ house: House, mark: SHA256Digest = .fresh(), digest: TokenDigest = .fresh()
        ) async throws {
            let trade = Trade(
                token: token, digest: digest, mark: mark, markedUntil: token.createdAt + .minutes(6))
            try await house.ledger.trade(trade, event: .created(token))
        }

        private func owner(_ house: House) async throws -> Subject {
            let alice = try await house.person("alice")
            return try await house.account("bot-ci", owners: [], stewards: [alice])
        }

        @Test("are kept with everything, under names that are unique while they last", arguments: Engine.all)
        func kept(engine: Engine) async throws {
            try await engine.open { house in
                let ci = try await owner(house)
                let other = try await house.person("carol")
                let (one, two) = (
                    try rule(of: ci, ends: .noon + .days(1)),
                    try rule("Nightly", of: ci, issuer: "https://other.test")
                )
                for one in [one, two] {
                    try await house.ledger.add(one, event: .note(.trustRuleAdded, about: ci))
                }
                #expect(try await house.ledger.trustRule(one.id) == one)
                #expect(try await house.ledger.trustRules(of: ci.id, about: nil) == [one, two])
                #expect(try await house.ledger.trustRules(of: nil, about: "https://ci.test") == [one])
                #expect(try await house.ledger.trustRules(of: other.id, about: nil).isEmpty)
                #expect(try await house.ledger.trustRules(of: ci.id, about: "https://CI.test").isEmpty)
                try await expect(.ruleNameTaken, in: house) {
                    try await house.ledger.add(try rule("RELEASE", of: ci), event: .note(.trustRuleAdded))
                }
                try await house.ledger.add(try rule(of: other), event: .note(.trustRuleAdded))
                let (removed, revoked) = try await house.ledger.removeTrustRule(
                    one.id, event: .note(.trustRuleRemoved, about: ci))
                #expect(removed.removedAt == .noon)
                #expect(revoked == 0)
                #expect(try await house.ledger.trustRules(of: ci.id, about: nil) == [two])
                #expect(try await house.ledger.trustRule(one.id) == removed)
                try await house.ledger.add(try rule(of: ci), event: .note(.trustRuleAdded))
                try await expect(.noSuchRule, in: house) {
                    try await house.ledger.removeTrustRule(.next(at: .noon), event: .note(.trustRuleRemoved))
                }
            }
        }

        @Test("give tokens, which the index knows as those of jobs", arguments: Engine.all)
        func given(engine: Engine) async throws {
            try await engine.open { house in
                let ci = try await owner(house)
                let rule = try rule(of: ci)
                try await house.ledger.add(rule, event: .note(.trustRuleAdded, about: ci))
                let lasting = try await house.token("lasting", of: ci)
                house.notified.forget()
                let tokens = [try token(rule), try token(rule)]
                for token in tokens { try await trade(token, house) }
                #expect(try await house.ledger.token(tokens[0].id) == tokens[0])
                #expect(house.notified.records == tokens.map(\.record))
                #expect(house.notified.records.map(\.isOfJob) == [true, true])
                #expect(try await house.loaded().records == ([lasting] + tokens).map(\.record))
                let listed = try await house.ledger.tokensOfJobs(of: ci.id, before: nil, limit: 9)
                #expect(listed.map(\.token) == tokens.reversed())
                let second = try await house.ledger.tokensOfJobs(of: ci.id, before: tokens[1].id, limit: 9)
                #expect(second.map(\.token) == [tokens[0]])
                var query = TokenQuery(owner: ci.id, now: .noon)
                query.isOfJob = false
                #expect(try await house.ledger.tokens(query).map(\.token) == [lasting])
                #expect(try await house.ledger.count(query) == 1)
            }
        }

        @Test("of two trades of one identity one gets a token, also at once", arguments: Engine.all)
        func once(engine: Engine) async throws {
            try await engine.open { house in
                let ci = try await owner(house)
                let rule = try rule(of: ci)
                try await house.ledger.add(rule, event: .note(.trustRuleAdded, about: ci))
                let mark = SHA256Digest.fresh()
                let given = await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            do {
                                try await trade(try token(rule), house, mark: mark)
                                return true
                            } catch {
                                #expect(error as? LedgerError == .identityUsed)
                                return false
                            }
                        }
                    }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(given == 1)
                #expect(try await house.ledger.tokensOfJobs(of: ci.id, before: nil, limit: 9).count == 1)
                // The mark is kept no longer than the identity would be accepted.
                try await trade(try token(rule, at: .noon + .minutes(6)), house, mark: mark)
            }
        }

        @Test(
            "give no token that is not theirs to give, and use up no identity for it", arguments: Engine.all)
        func refused(engine: Engine) async throws {
            try await engine.open { house in
                let ci = try await owner(house)
                let other = try await house.person("carol")
                let rule = try rule(of: ci, ends: .noon + .minutes(10))
                try await house.ledger.add(rule, event: .note(.trustRuleAdded, about: ci))
                let mark = SHA256Digest.fresh()
                var wrong = [
                    try token(rule, lasting: .minutes(11)), try token(rule, scopes: "maven"),
                    try token(rule, scopes: ""), try token(rule, at: .noon + .minutes(10)),
                    try token(try self.rule(of: ci)),
                ]
                let mine = try token(rule, lasting: .minutes(5))
                wrong.append(
                    Token(
                        id: .next(at: .noon), owner: other.id, name: mine.name, scopes: mine.scopes,
                        createdAt: .noon, origin: mine.origin, expiresAt: mine.expiresAt))
                for token in wrong {
                    try await expect(.noSuchRule, in: house) { try await trade(token, house, mark: mark) }
                }
                try await house.ledger.suspend(
                    ci.id, since: .noon, event: .note(.subjectSuspended, about: ci))
                try await expect(.ownerInactive, in: house) { try await trade(mine, house, mark: mark) }
                try await house.ledger.suspend(ci.id, since: nil, event: .note(.subjectResumed, about: ci))
                try await trade(mine, house, mark: mark)
                try await house.ledger.removeTrustRule(rule.id, event: .note(.trustRuleRemoved, about: ci))
                try await expect(.noSuchRule, in: house) {
                    try await trade(try token(rule, lasting: .minutes(5)), house)
                }
            }
        }

        @Test("give nothing to an account without a steward", arguments: Engine.all)
        func unattended(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let ci = try await house.account("bot-ci", owners: [], stewards: [alice])
                let rule = try rule(of: ci)
                try await house.ledger.add(rule, event: .note(.trustRuleAdded, about: ci))
                try await house.ledger.suspend(alice.id, since: .noon, event: .note(.subjectSuspended))
                try await expect(.ownerInactive, in: house) { try await trade(try token(rule), house) }
                try await expect(.noSuchSubject, in: house) {
                    try await house.ledger.add(try self.rule("other", of: ci), event: .note(.trustRuleAdded))
                }
                try await house.ledger.suspend(alice.id, since: nil, event: .note(.subjectResumed))
                try await trade(try token(rule), house)
            }
        }

        @Test("revoke what they gave when they are removed, and nothing else", arguments: Engine.all)
        func removed(engine: Engine) async throws {
            try await engine.open { house in
                let ci = try await owner(house)
                let (rule, other) = (try rule(of: ci), try rule("other", of: ci))
                for one in [rule, other] {
                    try await house.ledger.add(one, event: .note(.trustRuleAdded, about: ci))
                }
                let (active, expired) = (try token(rule), try token(rule, lasting: .seconds(-1)))
                let spared = try token(other)
                for one in [active, expired, spared] { try await trade(one, house) }
                house.notified.forget()
                let (_, revoked) = try await house.ledger.removeTrustRule(
                    rule.id, event: .note(.trustRuleRemoved, about: ci))
                #expect(revoked == 1)
                #expect(house.notified.records.map(\.id) == [active.id])
                #expect(house.notified.records.map(\.isRevoked) == [true])
                #expect(
                    try await house.ledger.token(active.id)?.revocation
                        == Token.Revocation(at: .noon, by: nil, reason: .withParent))
                #expect(try await house.ledger.token(expired.id)?.revocation == nil)
                #expect(try await house.ledger.token(spared.id) == spared)
                let events = try await house.events().prefix(2)
                #expect(events.map(\.kind) == [.trustRuleRemoved, .tokenRevoked])
                #expect(events.first?.detail.hasSuffix(", with 1 token") == true)
                #expect(events.last?.token == active.id)
                _ = try await house.ledger.removeTrustRule(rule.id, event: .note(.trustRuleRemoved))
                #expect(try await house.events().filter { $0.kind == .trustRuleRemoved }.count == 1)
            }
        }

        @Test(
            "tokens of jobs take no room from lasting ones, and go some days after their end",
            arguments: Engine.all)
        func swept(engine: Engine) async throws {
            try await engine.open { house in
                let ci = try await owner(house)
                let rule = try rule(of: ci)
                try await house.ledger.add(rule, event: .note(.trustRuleAdded, about: ci))
                let lasting = try await house.token("lasting", of: ci, expires: .noon + .hours(1))
                let (old, new) = (try token(rule), try token(rule, at: .noon + .days(20)))
                for one in [old, new] { try await trade(one, house) }
                try await house.ledger.record([
                    Use(
                        secret: old.secret, service: "maven", address: "192.0.2.1", client: "Maven",
                        lastAt: .noon, count: 1)
                ])
                try await house.ledger.record(refusals: [
                    RefusedUse(
                        Use(
                            secret: old.secret, service: "git", address: "192.0.2.1", client: "Git",
                            lastAt: .noon, count: 1), .insufficientScope)
                ])
                try await house.ledger.sweep(at: .noon + .days(29))
                #expect(try await house.ledger.token(old.id) == old)
                try await house.ledger.sweep(at: .noon + .days(31))
                #expect(try await house.ledger.token(old.id) == nil)
                #expect(try await house.ledger.token(new.id) == new)
                #expect(try await house.ledger.token(lasting.id) == lasting)
                // What a node still reports of it is left out.
                try await house.ledger.record(refusals: [
                    RefusedUse(
                        Use(
                            secret: old.secret, service: "git", address: "192.0.2.1", client: "Git",
                            lastAt: .noon + .days(31), count: 1), .expired)
                ])
            }
        }
    }
}
