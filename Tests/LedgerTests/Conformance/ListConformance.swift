import Ledger
import Sodium
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("Lists of tokens") struct Lists {
        @Test(
            "pages have no gap and no repeat, the newest first, while tokens are added", arguments: Engine.all
        )
        func pages(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                var made: [TokenID] = []
                for index in 0..<25 {
                    made.append(
                        try await house.token("t\(index)", of: alice, at: .noon + .seconds(Int64(index))).id)
                }
                var read: [TokenID] = []
                var query = TokenQuery(owner: alice.id, now: .noon, limit: 10)
                while true {
                    let page = try await house.ledger.tokens(query)
                    guard let last = page.last else { break }
                    read += page.map(\.token.id)
                    #expect(page.count == min(10, 25 - read.count + page.count))
                    query.before = last.token.secret
                    try await house.token("later \(read.count)", of: alice, at: .noon + .days(1))
                }
                #expect(read == made.reversed())
                query.limit = 0
                #expect(try await house.ledger.tokens(query).isEmpty)
            }
        }

        @Test("states are those at the given time", arguments: Engine.all)
        func states(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let active = try await house.token("live", of: alice)
                let brief = try await house.token("brief", of: alice, expires: .noon + .hours(1))
                let revoked = try await house.token("revoked", of: alice, expires: .noon + .hours(1))
                try await house.revoke(revoked, at: .noon)
                func found(_ states: Set<Token.State>, after span: TimeSpan) async throws -> Set<TokenID> {
                    let query = TokenQuery(states: states, now: .noon + span)
                    return Set(try await house.ledger.tokens(query).map(\.token.id))
                }
                let before = TimeSpan(milliseconds: 3_599_999)
                #expect(try await found([.active], after: before) == [active.id, brief.id])
                #expect(try await found([.active], after: .hours(1)) == [active.id])
                #expect(try await found([.expired], after: before) == [])
                #expect(try await found([.expired], after: .hours(1)) == [brief.id])
                #expect(try await found([.revoked], after: .hours(1)) == [revoked.id])
                #expect(try await found([.expired, .revoked], after: .hours(1)) == [brief.id, revoked.id])
                #expect(try await found(Set(Token.State.allCases), after: .hours(1)).count == 3)
                #expect(try await found([], after: .hours(1)) == [])
            }
        }

        @Test("a query for the state that the core computes finds the token", arguments: Engine.all)
        func statesAgree(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                for index in 0..<12 {
                    let token = try await house.token(
                        "t\(index)", of: alice, expires: index % 3 == 0 ? nil : .noon + .hours(Int64(index)))
                    if index % 4 == 1 { try await house.revoke(token, at: .noon + .hours(2)) }
                }
                for hour in [0, 1, 4, 5, 11, 12] as [Int64] {
                    let now = Timestamp.noon + .hours(hour)
                    let all = try await house.ledger.tokens(TokenQuery(now: now)).map(\.token)
                    for state in Token.State.allCases {
                        let found = try await house.ledger.tokens(TokenQuery(states: [state], now: now)).map(
                            \.token)
                        #expect(found == all.filter { $0.state(at: now) == state })
                    }
                }
            }
        }

        @Test("tokens are found by name, owner's login and owner's name", arguments: Engine.all)
        func search(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice", name: "Ünal")
                let bob = try await house.person("bob", name: "Robert")
                try await house.token("CI 100%", of: alice)
                try await house.token("laptop_a", of: alice)
                try await house.token("alice's backup", of: bob)
                func found(_ search: String, owner: Subject? = nil) async throws -> Set<String> {
                    let query = TokenQuery(owner: owner?.id, states: [.active], now: .noon, search: search)
                    return Set(try await house.ledger.tokens(query).map(\.token.name.text))
                }
                #expect(try await found("ci") == ["CI 100%"])
                #expect(try await found("%") == ["CI 100%"])
                #expect(try await found("_") == ["laptop_a"])
                #expect(try await found("ALICE") == ["CI 100%", "laptop_a", "alice's backup"])
                #expect(try await found("üNAL") == ["CI 100%", "laptop_a"])
                #expect(try await found("u\u{308}nal") == ["CI 100%", "laptop_a"])
                #expect(try await found("alice", owner: bob) == ["alice's backup"])
                #expect(try await found("") == ["CI 100%", "laptop_a", "alice's backup"])
                #expect(try await found("nothing") == [])
            }
        }

        @Test("a query for a name compares whole names, regardless of case", arguments: Engine.all)
        func named(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let bob = try await house.person("bob")
                for (name, owner) in [("Ünal CI", alice), ("CI", alice), ("CI", bob)] {
                    try await house.token(name, of: owner)
                }
                func found(_ name: String) async throws -> [String] {
                    var query = TokenQuery(owner: alice.id, states: [.active], now: .noon)
                    query.name = name
                    return try await house.ledger.tokens(query).map(\.token.name.text)
                }
                #expect(try await found("ci") == ["CI"])
                #expect(try await found("u\u{308}NAL ci") == ["Ünal CI"])
                #expect(try await found("%") == [])
                #expect(try await found("") == [])
            }
        }

        @Test("a row contains the owner and the latest use", arguments: Engine.all)
        func rows(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice", email: "alice@example.com")
                let bob = try await house.person("bob")
                let used = try await house.token("used", of: alice)
                let unused = try await house.token("unused", of: bob, at: .noon + .hours(1))
                let use = Use(
                    secret: used.secret, service: "maven", address: "192.0.2.1", client: "Maven 3.8.7",
                    lastAt: .noon + .hours(2), count: 3)
                try await house.ledger.record([use])
                #expect(
                    try await house.ledger.tokens(TokenQuery(now: .noon)) == [
                        ListedToken(token: unused, owner: bob, lastUse: nil),
                        ListedToken(token: used, owner: alice, lastUse: use),
                    ])
            }
        }
    }
}
