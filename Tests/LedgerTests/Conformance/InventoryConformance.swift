import Ledger
import TestHouse
import Testing
import Tokens

extension LedgerConformance {
    @Suite("The inventory of tokens") struct Inventory {
        @Test("each order has every token once, page by page", arguments: Engine.all, TokenOrder.allCases)
        func orders(engine: Engine, order: TokenOrder) async throws {
            try await engine.open { house in
                let owners = [try await house.person("zoë"), try await house.person("Alice")]
                var made: [Token] = []
                for index in 0..<9 {
                    let token = try await house.token(
                        "\u{301}T\((index * 5) % 9)", of: owners[index % 2], at: .noon + .hours(Int64(index)),
                        expires: index % 3 == 0 ? nil : .noon + .days(Int64(20 - index % 2)))
                    if index % 2 == 0 { try await house.use(token, at: .noon + .days(Int64(9 - index % 4))) }
                    made.append(token)
                }
                var query = TokenQuery(now: .noon + .days(10), limit: 2)
                query.order = order
                var read: [ListedToken] = []
                while true {
                    let page = try await house.ledger.tokens(query)
                    read += page
                    guard let last = page.last, read.count < 20 else { break }
                    let cursor = last.cursor(in: order)
                    query.after = TokenCursor(cursor.text)
                    #expect(query.after == cursor)
                }
                #expect(read.count == 9)
                #expect(Set(read.map(\.token.id)) == Set(made.map(\.id)))
                #expect(read == read.sorted { order.puts($0, before: $1) })
                query.after = nil
                #expect(try await house.ledger.count(query) == 9)
                query.limit = 0
                #expect(try await house.ledger.count(query) == 0)
            }
        }

        @Test("by owner, those of somebody who was removed come once", arguments: Engine.all)
        func removedOwner(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let bob = try await house.person("bob")
                for index in 0..<5 { try await house.token("t\(index)", of: alice) }
                try await house.token("other", of: bob)
                try await house.ledger.removePerson(
                    alice.id, event: .note(.subjectEnded, about: alice))
                var query = TokenQuery(now: .noon, limit: 2)
                query.order = .owner
                var names: [String] = []
                repeat {
                    let page = try await house.ledger.tokens(query)
                    names += page.map(\.token.name.text)
                    query.after = page.count == 2 ? page.last?.cursor(in: .owner) : nil
                } while query.after != nil && names.count < 20
                #expect(names == ["t0", "t1", "t2", "t3", "t4", "other"])
            }
        }

        @Test("one is found by what one has in hand", arguments: Engine.all)
        func search(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let bob = try await house.person("bob")
                let build = try await house.token("Build ÄRGER", of: alice)
                let mirror = try await house.token("mirror", of: bob)
                try await house.use(build, at: .noon, "203.0.113.7")
                try await house.use(mirror, at: .noon, "2001:db8:1:2::3")
                func found(_ search: String) async throws -> [String] {
                    let query = TokenQuery(now: .noon, search: search)
                    let found = try await house.ledger.tokens(query).map(\.token.name.text)
                    #expect(try await house.ledger.count(query) == found.count)
                    return found
                }
                #expect(try await found("ärg") == ["Build ÄRGER"])
                #expect(try await found(build.id.text) == ["Build ÄRGER"])
                #expect(try await found("BOB") == ["mirror"])
                #expect(try await found("203.0.113.7") == ["Build ÄRGER"])
                #expect(try await found("203.0.113.0/24") == ["Build ÄRGER"])
                #expect(try await found("203.0.113.4/30") == ["Build ÄRGER"])
                #expect(try await found("203.0.0.0/8") == ["Build ÄRGER"])
                #expect(try await found("203.0.113.8") == [])
                #expect(try await found("203.0.113.8/30") == [])
                #expect(try await found("198.51.100.0/24") == [])
                #expect(try await found("2001:db8:1::/48") == ["mirror"])
                #expect(try await found("2001:db8:1:2::/64") == ["mirror"])
                #expect(try await found("::/0") == ["mirror", "Build ÄRGER"], "IPv4 is a part of IPv6 here")
                #expect(try await found("%") == [])
                // The former identifier of a token that got another leads to it.
                let renewed = try await house.regenerate(
                    build, of: alice, at: .noon + .hours(1), oldEnds: .noon + .hours(1))
                #expect(try await found(build.id.text) == ["Build ÄRGER"])
                #expect(try await found(renewed.id.text) == ["Build ÄRGER"])
                #expect(try await found("203.0.113.7") == ["Build ÄRGER"])
            }
        }

        @Test("filters hold together", arguments: Engine.all)
        func filters(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let maven = try await house.token("maven", of: alice, scopes: "maven:read git:write:/team")
                let both = try await house.token("both", of: alice, at: .noon + .hours(1))
                try await house.use(maven, at: .noon, "203.0.113.7", at: "maven", with: "Maven 3.8.7")
                try await house.use(both, at: .noon + .days(2), "203.0.113.7", at: "git", with: "git 2.39")
                try await house.use(both, at: .noon, "203.0.113.9", at: "maven", with: "Maven 3.9.9")
                func found(_ change: (inout TokenQuery) -> Void) async throws -> Set<String> {
                    var query = TokenQuery(now: .noon + .days(3))
                    change(&query)
                    return Set(try await house.ledger.tokens(query).map(\.token.name.text))
                }
                func used(
                    _ service: String?, _ range: String?, _ client: String?, _ at: MomentRange = .init()
                )
                    async throws -> Set<String>
                {
                    try await found {
                        $0.used = UsePlaceQuery(
                            service: service, addresses: range.flatMap { AddressRange($0) }, client: client,
                            at: at)
                    }
                }
                #expect(try await used("maven", nil, nil) == ["maven", "both"])
                #expect(try await used("git", nil, nil) == ["both"])
                #expect(try await used("git", "203.0.113.9", nil) == [], "one place has all of it")
                #expect(try await used(nil, "203.0.113.7", nil) == ["maven", "both"])
                #expect(try await used(nil, nil, "MAVEN 3.9") == ["both"])
                #expect(try await used(nil, nil, "pip") == [])
                #expect(try await used(nil, nil, nil, MomentRange(from: .noon + .days(1))) == ["both"])
                #expect(try await used("maven", nil, nil, MomentRange(from: .noon + .days(1))) == [])
                #expect(try await used("git", nil, nil, MomentRange(until: .noon)) == [])
                #expect(try await found { $0.allowing = try? ServiceName("git") } == ["maven", "both"])
                #expect(try await found { $0.allowing = try? ServiceName("studio") } == ["both"])
                #expect(try await found { $0.allowing = try? ServiceName("aven") } == ["both"])
                #expect(try await found { $0.created = MomentRange(from: .noon + .hours(1)) } == ["both"])
                #expect(try await found { $0.created = MomentRange(until: .noon + .hours(1)) } == ["maven"])
                #expect(try await found { $0.ownerKind = .account } == [])
                #expect(try await found { $0.ownerKind = .person } == ["maven", "both"])
            }
        }

        @Test("what all tokens did is counted by day and service", arguments: Engine.all)
        func totals(engine: Engine) async throws {
            try await engine.open { house in
                let alice = try await house.person("alice")
                let one = try await house.token("one", of: alice)
                let two = try await house.token("two", of: alice)
                try await house.use(one, at: .noon, at: "git")
                try await house.use(two, at: .noon, at: "git")
                try await house.use(two, at: .noon + .days(1), at: "maven")
                let days = try await house.ledger.serviceDays(since: .noon)
                #expect(days.map(\.service) == ["git", "maven"])
                #expect(days.map(\.count) == [2, 1])
                try await house.ledger.sweep(at: .noon + .days(366))
                #expect(try await house.ledger.serviceDays(since: .noon).map(\.service) == ["maven"])
            }
        }
    }
}

extension House {
    /// Adds a token of these scopes.
    func token(
        _ name: String, of owner: Subject, scopes: String, at moment: Timestamp = .noon,
        expires: Timestamp? = nil
    ) async throws -> Token {
        let token = Token(
            id: .next(at: moment), owner: owner.id, name: try TokenName(name),
            scopes: try #require(Scopes(text: scopes)), createdAt: moment, origin: .desk, expiresAt: expires)
        try await ledger.add(token, digest: .fresh(), event: .created(token))
        return token
    }

    /// Records one use.
    func use(
        _ token: Token, at moment: Timestamp, _ address: String = "192.0.2.1", at service: String = "git",
        with client: String = "curl 8"
    ) async throws {
        try await ledger.record([
            Use(
                secret: token.secret, service: service, address: address, client: client, lastAt: moment,
                count: 1, access: .read)
        ])
    }
}

extension TokenOrder {
    /// Whether `one` comes before `other` in a list: the rule, written without SQL.
    fileprivate func puts(_ one: ListedToken, before other: ListedToken) -> Bool {
        func ranks(_ listed: ListedToken) -> (Int64, [UInt8], Int64) {
            let id = listed.token.secret.number
            return switch self {
            case .newest: (0, [], -id)
            case .oldest: (0, [], id)
            case .name: (0, Array(listed.token.name.text.folded.utf8), id)
            case .owner: (0, Array(listed.owner.login.folded.utf8), id)
            case .lastUse:
                (-(listed.lastUse?.lastAt.milliseconds ?? 0), [], listed.lastUse == nil ? id : -id)
            case .leastUsed: (listed.lastUse?.lastAt.milliseconds ?? 0, [], id)
            case .expiry: (listed.token.expiresAt?.milliseconds ?? .max, [], id)
            }
        }
        let (first, second) = (ranks(one), ranks(other))
        if first.0 != second.0 { return first.0 < second.0 }
        if first.1 != second.1 { return first.1.lexicographicallyPrecedes(second.1) }
        return first.2 < second.2
    }
}
