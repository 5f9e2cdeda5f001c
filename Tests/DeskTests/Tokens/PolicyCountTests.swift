import Ledger
import Testing
import Tokens

@testable import Desk

private let now = Timestamp(seconds: 1_800_000_000)

/// How many tokens of whom each rule would end.
@Suite("Counting what a policy would end")
struct PolicyCountTests {
    private let git: Service
    private let ops: Service
    private let alice: Subject
    private let bob: Subject

    init() throws {
        git = Service(name: try ServiceName("git"), paths: [try #require(PathPattern("/*/*.git"))])
        ops = Service(name: try ServiceName("ops"), groups: ["ops"])
        alice = Subject(id: SubjectID(number: 1), login: try Login("alice"), groups: ["ops"], createdAt: now)
        bob = Subject(id: SubjectID(number: 2), login: try Login("bob"), createdAt: now)
    }

    private func listed(
        _ number: Int64, of owner: Subject, _ scopes: String = "", addresses: [String] = [],
        age: TimeSpan = .days(10), expires: TimeSpan? = nil, used: TimeSpan? = nil
    ) throws -> ListedToken {
        let token = Token(
            id: TokenID(number: number), owner: owner.id, name: try TokenName("t\(number)"),
            scopes: try #require(Scopes(text: scopes)), addresses: addresses.compactMap { AddressRange($0) },
            createdAt: now - age, origin: .desk, expiresAt: expires.map { now + $0 })
        let use = used.map {
            Use(
                secret: token.secret, service: "git", address: "", client: "", lastAt: now - $0, count: 1,
                access: .read)
        }
        return ListedToken(token: token, owner: owner, lastUse: use)
    }

    private func count(
        _ tokens: [ListedToken], by policy: TokenPolicy, knowsServices: Bool = true, at: Timestamp? = nil
    ) -> PolicyCount {
        var counter = PolicyCounter(policy, services: knowsServices ? [git, ops] : nil, now: now, at: at)
        for token in tokens { counter.add(token) }
        return counter.count()
    }

    /// `key now/people then/people`.
    private func lines(_ count: PolicyCount) -> [String] {
        count.lines.map { line in
            func words(_ tally: PolicyCount.Tally?) -> String {
                tally.map { "\($0.tokens)/\($0.people.count)" } ?? "-"
            }
            return "\(line.key) \(words(line.now)) \(words(line.then))"
        }
    }

    @Test("a token counts once for each rule that it breaks, at services that it may be used at")
    func rules() throws {
        var policy = TokenPolicy()
        policy.all.needsAddresses = true
        policy.all.perPerson = 5
        policy.all.approval = ["security"]
        policy.services[ops.name] = TokenRules()
        policy.services[ops.name]?.refusesEveryService = true
        let tokens = [
            try listed(1, of: alice), try listed(2, of: alice, "git ops"), try listed(3, of: bob),
            try listed(4, of: bob, "git", addresses: ["10.0.0.0/8"]), try listed(5, of: bob, "jeton:manage"),
            try listed(6, of: bob, "elsewhere"),
        ]
        let counted = count(tokens, by: policy)
        #expect(
            lines(counted) == [
                "tokens.addresses 4/2 4/2", "tokens.per_person - -", "tokens.approval - -",
                // Bob may not use ops, so nothing of his is refused there.
                "services.ops.tokens.every_service 1/1 1/1",
            ])
        #expect((counted.tokens, counted.people) == (6, 2))
        #expect(counted.together.tokens == 4)
        #expect(counted.together.people.map(\.login) == ["alice", "bob"])
        #expect(
            counted.together.people.first?.keys
                == ["services.ops.tokens.every_service", "tokens.addresses"])
    }

    @Test("a rule is counted now, and on the day from which it is enforced")
    func days() throws {
        var policy = TokenPolicy()
        policy.all.maxLifetime = .days(30)
        policy.all.enforceFrom = now + .days(25)
        let tokens = [
            try listed(1, of: alice, age: .days(40)), try listed(2, of: alice, age: .days(10)),
            try listed(3, of: bob, age: .days(1)),
            // It has expired by then.
            try listed(4, of: bob, age: .days(10), expires: .days(20)),
        ]
        let counted = count(tokens, by: policy)
        #expect(lines(counted) == ["tokens.max_lifetime 1/1 2/1"])
        #expect(counted.lines[0].day == now + .days(25))
        #expect(counted.broken.map(\.token.number) == [1, 2])
        #expect(counted.broken.map(\.refusedFrom) == [now + .days(25), now + .days(25)])
        #expect(lines(count(tokens, by: policy, at: now + .days(29))) == ["tokens.max_lifetime 1/1 3/2"])
        policy.all.enforceFrom = nil
        #expect(lines(count(tokens, by: policy)) == ["tokens.max_lifetime 1/1 1/1"])
    }

    @Test("tokens that nobody uses are counted from their latest use, creation or resumption")
    func idle() throws {
        var policy = TokenPolicy()
        policy.all.idle = IdleRules(warn: .days(10), pause: .days(30), revoke: .days(90))
        let used = try listed(1, of: alice, age: .days(200), used: .days(3))
        let idle = try listed(2, of: alice, age: .days(200), used: .days(40))
        let never = try listed(3, of: bob, age: .days(200))
        var resumed = never.token
        resumed.resumedAt = now - .days(1)
        let tokens = [used, idle, never, ListedToken(token: resumed, owner: bob, lastUse: nil)]
        #expect(
            lines(count(tokens, by: policy)) == [
                "tokens.idle.warn - -", "tokens.idle.pause 2/2 2/2", "tokens.idle.revoke 1/1 1/1",
            ])
    }

    @Test("without the services, rules are counted by what the scopes name")
    func unknownServices() throws {
        var policy = TokenPolicy()
        policy.all.needsAddresses = true
        policy.services[ops.name] = TokenRules()
        policy.services[ops.name]?.who = .serviceAccounts
        let tokens = [try listed(1, of: alice), try listed(2, of: bob, "ops"), try listed(3, of: bob, "git")]
        #expect(
            lines(count(tokens, by: policy, knowsServices: false)) == [
                "tokens.addresses 3/2 3/2", "services.ops.tokens.who 2/2 2/2",
            ])
    }

    @Test("the CSV has a line for each token and rule")
    func csv() throws {
        var policy = TokenPolicy()
        policy.all.needsAddresses = true
        let text = count([try listed(7, of: bob, "git")], by: policy).csv
        #expect(text.hasPrefix("rule,login,name,token,token_name,created,last_used,refused_from\r\n"))
        #expect(text.contains("tokens.addresses,bob,bob,\(TokenID(number: 7)),t7,"))
    }

    @Test("rules are read as they are written")
    func values() throws {
        var rules = TokenRules()
        (rules.defaultLifetime, rules.maxLifetime) = (.days(90), .days(365))
        (rules.refusesEveryService, rules.needsAddresses, rules.needsPaths) = (true, true, true)
        (rules.perPerson, rules.who, rules.approval) = (50, .people, ["ops", "security leads"])
        rules.enforceFrom = Timestamp(date: "2027-01-15")
        rules.idle = IdleRules(warn: .days(30), pause: .days(60), revoke: .days(180))
        let written = rules.values.compactMap { key, value in value.map { (key, $0) } }
        #expect(TokenRules(values: Dictionary(uniqueKeysWithValues: written)) == rules)
        #expect(TokenRules(values: [:]) == TokenRules())
        #expect(TokenRules(values: ["max_lifetime": "soon"]) == nil)
        #expect(TokenRules(values: ["unknown": "1"]) == nil)
    }
}
