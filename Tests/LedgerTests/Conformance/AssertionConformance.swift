import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Tokens for assertions of the identity provider") struct Assertions {
        private static func trade(of owner: Subject, _ mark: SHA256Digest = .fresh()) throws -> Trade {
            let client = Token.Client(id: "example-agent", title: "Example agent", address: "192.0.2.7")
            let token = try Token.made(
                "Example agent", of: owner, expires: .noon + .minutes(15), origin: .assertion(client))
            return Trade(token: token, digest: .fresh(), mark: mark, markedUntil: .noon + .minutes(10))
        }

        @Test(
            "such a token is kept with its program, under a name that others may have", arguments: Engine.all)
        func kept(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let lasting = try await house.token("Example agent", of: alice)
                let trades = [try Self.trade(of: alice), try Self.trade(of: alice)]
                for trade in trades {
                    try await house.ledger.issue(trade, event: .created(trade.token))
                    #expect(try await house.ledger.token(trade.token.id) == trade.token)
                    #expect(house.notified.records.last == trade.token.record)
                }
                #expect(!trades[0].token.isLasting && trades[0].token.client == nil)
                var query = TokenQuery(owner: alice.id, states: [.active], now: .noon)
                #expect(try await house.ledger.count(query) == 3)
                query.ownerKind = .agent
                #expect(Set(try await house.ledger.tokens(query).map(\.token)) == Set(trades.map(\.token)))
                #expect(try await house.loaded().records == ([lasting] + trades.map(\.token)).map(\.record))
                // They end with their owner's other tokens.
                try await house.revoke(trades[0].token, at: .noon)
                #expect(try await house.ledger.count(query) == 1)
            }
        }

        @Test("of 16 uses of one assertion at once, one gets a token", arguments: Engine.all)
        func once(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let mark = SHA256Digest.fresh()
                let given = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<16 {
                        let trade = try Self.trade(of: alice, mark)
                        group.addTask {
                            do throws(LedgerError) {
                                try await house.ledger.issue(trade, event: .created(trade.token))
                                return true
                            } catch {
                                #expect(error == .identityUsed)
                                return false
                            }
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(given == 1)
            }
        }

        @Test(
            "nobody gets one for somebody who is suspended or removed, or for a service account",
            arguments: Engine.all)
        func refused(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let account = try await house.account("bot-ci")
                _ = try await house.ledger.suspend(alice.id, since: .noon, event: .note(.subjectSuspended))
                for owner in [alice, account] {
                    let trade = try Self.trade(of: owner)
                    try await expect(.ownerInactive, in: house) {
                        try await house.ledger.issue(trade, event: .created(trade.token))
                    }
                }
            }
        }
    }
}
