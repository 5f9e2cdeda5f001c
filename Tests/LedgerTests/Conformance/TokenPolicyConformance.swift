import Ledger
import TestHouse
import Testing
import TokenIndex
import Tokens

extension TokenPolicy {
    /// A policy with every rule.
    static var strict: TokenPolicy {
        var all = TokenRules()
        all.defaultLifetime = .days(90)
        all.maxLifetime = .days(365)
        (all.refusesEveryService, all.needsAddresses, all.needsPaths) = (true, true, true)
        all.perPerson = 50
        all.who = .people
        all.approval = ["security", "a, b"]
        all.idle = IdleRules(warn: .days(30), pause: .days(60), revoke: .days(90))
        all.enforceFrom = .noon + .days(10)
        var ops = TokenRules()
        ops.who = .serviceAccounts
        ops.approval = ["leads"]
        ops.enforceFrom = .noon
        let name = try? ServiceName("ops")
        return TokenPolicy(all: all, services: name.map { [$0: ops] } ?? [:], grace: .days(14))
    }
}

extension LedgerConformance {
    @Suite("The rules about tokens") struct TokenPolicies {
        @Test(
            "rules are kept with an event that says what changed, notified, and loaded", arguments: Engine.all
        )
        func policy(engine: Engine) async throws {
            try await engine.open { house in
                #expect(try await house.ledger.tokenPolicy() == TokenPolicy())
                try await house.ledger.setTokenPolicy(TokenPolicy(), event: .note(.tokenPolicyChanged))
                #expect(try await house.events().isEmpty)
                #expect(house.notified.changes.isEmpty)

                let strict = TokenPolicy.strict
                try await house.ledger.setTokenPolicy(strict, event: .note(.tokenPolicyChanged))
                #expect(try await house.ledger.tokenPolicy() == strict)
                #expect(house.notified.rules == [strict])
                #expect(try await house.loaded().rules == strict)
                let event = try #require(try await house.events().first)
                #expect(event.kind == .tokenPolicyChanged)
                #expect(event.detail == strict.changes(from: TokenPolicy()))

                // As at the next start: nothing changes, so nothing is written.
                try await house.ledger.setTokenPolicy(strict, event: .note(.tokenPolicyChanged))
                #expect(try await house.events().count == 1)
                #expect(house.notified.rules == [strict])

                var loose = strict
                loose.services = [:]
                loose.all.maxLifetime = nil
                try await house.ledger.setTokenPolicy(loose, event: .note(.tokenPolicyChanged))
                #expect(try await house.ledger.tokenPolicy() == loose)
                try await house.ledger.setTokenPolicy(TokenPolicy(), event: .note(.tokenPolicyChanged))
                #expect(try await house.ledger.tokenPolicy() == TokenPolicy())
                #expect(house.notified.rules == [strict, loose, TokenPolicy()])
            }
        }

        @Test("a service without rules of its own is not kept", arguments: Engine.all)
        func empty(engine: Engine) async throws {
            try await engine.open { house in
                var policy = TokenPolicy()
                policy.all.maxLifetime = .days(1)
                var written = policy
                written.services[try ServiceName("git")] = TokenRules()
                try await house.ledger.setTokenPolicy(written, event: .note(.tokenPolicyChanged))
                try await house.ledger.setTokenPolicy(written, event: .note(.tokenPolicyChanged))
                #expect(try await house.ledger.tokenPolicy() == policy)
                #expect(try await house.events().count == 1)
            }
        }

        @Test("an index judges by the rules that were told last, and caches nothing from before them")
        func index() throws {
            let index = TokenIndex(whole: false)
            let alice = Subject(id: .next(at: .noon), login: try Login("alice"), createdAt: .noon)
            let (token, digest) = (try Token.made("CI", of: alice), TokenDigest.fresh())
            index.apply(.subject(alice))
            index.apply(.secret(token.record, digest))
            let before = index.find(digest)
            index.apply(.tokenPolicy(.strict))
            #expect(index.find(digest) != before)
            // What was read at the start is older.
            index.read(TokenPolicy())
            guard case .kept(let holder) = index.known(digest) else { return #expect(Bool(false)) }
            #expect(holder.policies.tokens == .strict)
        }
    }
}
