import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("What asks for an act") struct Findings {
        @Test("each finding names the tokens that it is true of, and no others", arguments: Engine.all)
        func each(engine: Engine) async throws {
            try await engine.open { house in
                let now = Timestamp.noon + .days(200)
                let made = try await house.tokensWithFindings(at: now)
                var all = TokenQuery(states: Token.State.working, now: now)
                all.findingLimits = FindingLimits(services: 3, dormantSince: nil)
                let counts = try await house.ledger.findingCounts(all)
                #expect(try await house.ledger.count(all) == counts.all)
                for finding in TokenFinding.allCases {
                    var query = TokenQuery(states: Token.State.working, now: now)
                    query.finding = finding
                    query.findingLimits = FindingLimits(services: 3, dormantSince: nil)
                    let found = Set(try await house.ledger.tokens(query).map(\.token.name.text))
                    let expected = Set(made.filter { $0.value.contains(finding) }.keys)
                    #expect(found == expected, "\(finding)")
                    #expect(try await house.ledger.count(query) == expected.count)
                    #expect(counts.findings[finding] == expected.count)
                }
            }
        }

        @Test("places are forgotten after 90 days, and what was counted of them", arguments: Engine.all)
        func sweep(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token("shared", of: alice)
                for number in 1...8 {
                    try await house.use(token, at: .noon, "10.0.\(number).1", with: "c\(number)")
                }
                func shared() async throws -> Int {
                    var query = TokenQuery(now: .noon + .days(1))
                    query.finding = .shared
                    return try await house.ledger.count(query)
                }
                #expect(try await shared() == 1)
                try await house.use(token, at: .noon + .days(80), "10.0.8.1", with: "c8")
                try await house.ledger.sweep(at: .noon + .days(92))
                #expect(try await shared() == 0)
                var query = TokenQuery(now: .noon, search: "10.0.8.1")
                #expect(try await house.ledger.count(query) == 1)
                query.search = "10.0.7.1"
                #expect(try await house.ledger.count(query) == 0)
            }
        }

        @Test("the places of one token are limited", arguments: Engine.all)
        func limit(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let token = try await house.token("many", of: alice)
                for day in 0..<6 {
                    let uses = (0..<190).map { number in
                        Use(
                            secret: token.secret, service: "git", address: "10.\(day).\(number).1",
                            client: "curl",
                            lastAt: .noon + .days(Int64(day)), count: 1, access: .read)
                    }
                    try await house.ledger.record(uses)
                }
                var query = TokenQuery(now: .noon, search: "10.0.3.1")
                #expect(try await house.ledger.count(query) == 1)
                query.search = "10.5.180.1"
                #expect(try await house.ledger.count(query) == 0)
                query.search = nil
                query.used = UsePlaceQuery(service: "")
                #expect(try await house.ledger.count(query) == 1, "the last row stands for the rest")
            }
        }
    }
}

extension House {
    /// Makes tokens as they are at `now`, and returns by name what is to be found of each.
    func tokensWithFindings(at now: Timestamp) async throws -> [String: Set<TokenFinding>] {
        let alice = try await person("alice")
        let bob = try await person("bob")
        try await ledger.suspend(bob.id, since: .noon, event: .note(.subjectSuspended, about: bob))
        let (old, later) = (now - .days(100), now + .days(100))
        func made(
            _ name: String, _ scopes: String = "git", of owner: Subject? = nil, since: Timestamp? = nil,
            expires: Timestamp? = nil
        ) async throws -> Token {
            try await token(name, of: owner ?? alice, scopes: scopes, at: since ?? old, expires: expires)
        }
        try await use(made("quiet"), at: now - .days(3))
        try await use(made("unlimited", ""), at: now - .days(3))
        try await use(made("limited", "", expires: later), at: now - .days(3))
        try await use(made("unused"), at: now - .days(90))
        try await use(made("hardly used"), at: now - .days(89))
        _ = try await made("never used")
        _ = try await made("new", since: now - .days(13))
        try await use(made("expiring", expires: now + .days(7)), at: now)
        try await use(made("suspended", of: bob), at: now)
        let moved = try await made("moved")
        try await use(moved, at: now - .days(1), "10.0.0.1")
        try await use(moved, at: now, "10.0.1.1")
        let home = try await made("same network")
        try await use(home, at: now - .days(1), "10.0.0.1")
        try await use(home, at: now, "10.0.0.2")
        let shared = try await made("shared")
        let office = try await made("many networks")
        for number in 0..<8 {
            try await use(shared, at: now - .days(2), "10.0.\(number).1", with: "client \(number % 3)")
            try await use(office, at: now - .days(2), "10.0.\(number).1")
        }
        try await use(made("wide", "git maven:read maven:write"), at: now)
        try await use(made("paths", "git:/a git:/b"), at: now)
        let rotated = try await made("rotated")
        let current = try await rotate(rotated, of: alice, at: now - .days(5), previousEnds: later)
        try await use(current, at: now - .days(1))
        try await use(rotated, at: now - .days(2))
        let movedOn = try await made("rotated and moved")
        try await use(movedOn, at: now - .days(6))
        try await use(try await rotate(movedOn, of: alice, at: now - .days(5), previousEnds: later), at: now)
        try await revoke(made("revoked", ""), at: now - .days(1))
        for (name, moment) in [("misused", now - .days(29)), ("misused long ago", now - .days(30))] {
            let token = try await made(name)
            try await use(token, at: now - .days(3))
            try await ledger.add(
                Event(.tokenMisused, at: moment, actor: nil, subject: alice.id, token: token.id))
        }
        return [
            "unlimited": [.unlimited, .wide], "limited": [.wide], "unused": [.unused],
            "never used": [.neverUsed],
            "expiring": [.expiring], "suspended": [.ownerAway], "moved": [.newNetwork], "shared": [.shared],
            "wide": [.wide], "rotated": [.oldSecret], "misused": [.misused],
        ]
    }
}
