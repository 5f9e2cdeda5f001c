import Testing
import Tokens

/// How tokens that exist are judged by the operator's rules.
@Suite("Rules about tokens")
struct TokenPolicyTests {
    /// A token of Alice's, made a day ago at ``now``, and the policy that it is judged by.
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var scopes = ""
        var addresses: [String] = []
        var isAccount = false
        var accountAddresses: [String] = []
        var paths: [String] = ["/*/*.git"]
        var all = TokenRules()
        var git = TokenRules()
        var ops = TokenRules()
        /// The keys of the rules that it breaks at `git`.
        let broken: [String]
        /// From when it is refused there, as the time since it was made; `nil` for never.
        var refused: TimeSpan?

        init(
            _ says: String, _ broken: String..., refused: TimeSpan? = nil,
            _ change: (inout Row) -> Void
        ) {
            testDescription = says
            self.broken = broken
            self.refused = refused
            change(&self)
        }
    }

    static let made = now - .days(1)

    static let rows: [Row] = [
        Row("no rules at all") { _ in },
        Row("a date and nothing else") { $0.all.enforceFrom = made },
        Row("every service, where that is allowed") { $0.all.needsAddresses = false },
        Row("every service, where that is refused", "tokens.every_service") {
            $0.all.refusesEveryService = true
        },
        Row("every service, where that is refused at this service", "services.git.tokens.every_service") {
            $0.git.refusesEveryService = true
        },
        Row("every service, where that is refused at another service") { $0.ops.refusesEveryService = true },
        Row("one service, where every service is refused") {
            ($0.scopes, $0.all.refusesEveryService) = ("git", true)
        },
        Row("used from anywhere, where addresses are required", "tokens.addresses") {
            $0.all.needsAddresses = true
        },
        Row("used from anywhere, where this service requires addresses", "services.git.tokens.addresses") {
            $0.git.needsAddresses = true
        },
        Row("used from anywhere, where another service requires addresses") { $0.ops.needsAddresses = true },
        Row("bound to addresses, where they are required") {
            ($0.addresses, $0.all.needsAddresses) = (["10.0.0.0/8"], true)
        },
        Row("of an account that is bound to addresses, where they are required") {
            ($0.isAccount, $0.accountAddresses, $0.all.needsAddresses) = (true, ["10.0.0.0/8"], true)
        },
        Row("of an account that is not, where they are required", "tokens.addresses") {
            ($0.isAccount, $0.all.needsAddresses) = (true, true)
        },
        Row("narrowed, where that is required") {
            ($0.scopes, $0.all.needsPaths) = ("git:read:/a/b.git", true)
        },
        Row("not narrowed, where that is required", "tokens.narrowed") {
            ($0.scopes, $0.all.needsPaths) = ("git", true)
        },
        Row("narrowed for writing alone, where that is required", "tokens.narrowed") {
            ($0.scopes, $0.all.needsPaths) = ("git:read git:write:/a/b.git", true)
        },
        Row("narrowed here and not elsewhere, where that is required") {
            ($0.scopes, $0.all.needsPaths) = ("maven git:/a/b.git", true)
        },
        Row("every service, where narrowing is required here", "services.git.tokens.narrowed") {
            $0.git.needsPaths = true
        },
        Row("not narrowed, at a service without paths") {
            ($0.scopes, $0.paths, $0.all.needsPaths) = ("git", [], true)
        },
        Row("a person's, where only people may have tokens") { $0.all.who = .people },
        Row("an account's, where only people may have tokens", "tokens.who") {
            ($0.isAccount, $0.all.who) = (true, .people)
        },
        Row("a person's, where only accounts may have tokens here", "services.git.tokens.who") {
            $0.git.who = .serviceAccounts
        },
        Row("an account's, where only accounts may have tokens") {
            ($0.isAccount, $0.all.who) = (true, .serviceAccounts)
        },
        Row("any secret, where they end", "tokens.max_lifetime") { $0.all.maxLifetime = .days(365) },
        Row(
            "any secret, where they end here and everywhere", "tokens.max_lifetime",
            "services.git.tokens.max_lifetime"
        ) { ($0.all.maxLifetime, $0.git.maxLifetime) = (.days(365), .days(30)) },
        Row("without access to the service", refused: nil) {
            $0.scopes = "ops jeton:manage"
            ($0.all.refusesEveryService, $0.all.needsAddresses, $0.all.maxLifetime) = (true, true, .days(1))
            ($0.all.enforceFrom, $0.all.who) = (made, .serviceAccounts)
        },

        Row("from a day on", "tokens.addresses", refused: .days(10)) {
            ($0.all.needsAddresses, $0.all.enforceFrom) = (true, made + .days(10))
        },
        Row("only counted, as the day is that of another section", "tokens.addresses") {
            ($0.all.needsAddresses, $0.git.enforceFrom) = (true, made)
        },
        Row("by age after the day", "tokens.max_lifetime", refused: .days(365)) {
            ($0.all.maxLifetime, $0.all.enforceFrom) = (.days(365), made + .days(10))
        },
        Row("by age before the day", "tokens.max_lifetime", refused: .days(10)) {
            ($0.all.maxLifetime, $0.all.enforceFrom) = (.days(5), made + .days(10))
        },
        Row(
            "by the first of two sections", "tokens.addresses", "services.git.tokens.max_lifetime",
            refused: .days(20)
        ) {
            ($0.all.needsAddresses, $0.all.enforceFrom) = (true, made + .days(30))
            ($0.git.maxLifetime, $0.git.enforceFrom) = (.days(20), made)
        },
    ]

    private func holder(_ row: Row) throws -> Verdict.Holder {
        var owner = try alice()
        let ranges = row.accountAddresses.compactMap { AddressRange($0) }
        if row.isAccount { owner.account = ServiceAccount(purpose: "Builds", addresses: ranges) }
        let (git, ops) = (try ServiceName("git"), try ServiceName("ops"))
        let kept = try token(
            scopes: try #require(Scopes(text: row.scopes)),
            addresses: row.addresses.compactMap { AddressRange($0) })
        return Verdict.Holder(
            token: kept.record, owner: owner,
            policies: Policies(tokens: TokenPolicy(all: row.all, services: [git: row.git, ops: row.ops])))
    }

    private func service(_ row: Row) throws -> Service {
        Service(name: try ServiceName("git"), title: "Git", paths: row.paths.compactMap { PathPattern($0) })
    }

    @Test("each token breaks the rules that are written, from that moment on", arguments: rows)
    func table(row: Row) throws {
        let (holder, service) = (try holder(row), try service(row))
        let policy = holder.policies.tokens
        let broken = policy.brokenRules(by: holder.token, of: holder.owner, at: service)
        #expect(broken.map(\.key) == row.broken)
        let refused = row.refused.map { Self.made + $0 }
        #expect(policy.refusedFrom(holder.token, of: holder.owner, at: service) == refused)
        #expect(holder.endsAt(at: service) == refused)
        for moment in [Self.made, Self.made + .days(4), Self.made + .days(10), Self.made + .days(3000)] {
            let isRefused = refused.map { $0 <= moment } ?? false
            #expect((holder.brokenRule(at: service, now: moment) != nil) == isRefused)
        }
    }

    @Test("the first rule that is broken is the one that was broken first, whether it is enforced or not")
    func first() throws {
        var policy = TokenPolicy()
        policy.all.maxLifetime = .days(30)
        let kept = try token().record
        let service = try service(Self.rows[0])
        let owner = try alice()
        #expect(policy.firstBrokenRule(by: kept, of: owner, at: service)?.since == Self.made + .days(30))
        policy.services[service.name] = TokenRules()
        policy.services[service.name]?.maxLifetime = .days(7)
        #expect(
            policy.firstBrokenRule(by: kept, of: owner, at: service)?.key
                == "services.git.tokens.max_lifetime")
        policy.all.needsAddresses = true
        #expect(policy.firstBrokenRule(by: kept, of: owner, at: service)?.key == "tokens.addresses")
        #expect(TokenPolicy().firstBrokenRule(by: kept, of: owner, at: service) == nil)
    }

    @Test("at the desk itself, the rules for all services hold, and none about services")
    func desk() throws {
        var row = Row("") { $0.scopes = "jeton:manage" }
        (row.all.refusesEveryService, row.all.needsPaths, row.all.enforceFrom) = (true, true, Self.made)
        (row.git.needsAddresses, row.git.enforceFrom) = (true, Self.made)
        #expect(try holder(row).brokenRule(at: nil, now: now) == nil)
        row.all.maxLifetime = .days(1)
        #expect(try holder(row).brokenRule(at: nil, now: now)?.rule == .maxLifetime)
        #expect(try holder(row).brokenRule(at: nil, now: now - .seconds(1)) == nil)
        (row.all.maxLifetime, row.all.needsAddresses) = (nil, true)
        #expect(try holder(row).brokenRule(at: nil, now: now)?.rule == .addresses)
    }

    @Test("a token that was exchanged is judged as its parent")
    func child() throws {
        var row = Row("") { $0.scopes = "git:/a/b.git jeton:rotate" }
        row.addresses = ["10.0.0.0/8"]
        (row.all.needsAddresses, row.all.needsPaths, row.all.refusesEveryService) = (true, true, true)
        row.all.enforceFrom = Self.made
        #expect(try holder(row).brokenRule(at: service(row), now: now) == nil)
        row.scopes = "git:/a/b.git"
        #expect(try holder(row).brokenRule(at: service(row), now: now) == nil)
    }

    @Test("the lifetimes of new tokens are the shortest of those that hold")
    func lifetimes() throws {
        var policy = TokenPolicy()
        let (git, ops) = (try ServiceName("git"), try ServiceName("ops"))
        #expect(policy.defaultLifetime(for: [git]) == nil && policy.maxLifetime(for: [git]) == nil)
        policy.all.maxLifetime = .days(365)
        policy.services[ops] = TokenRules()
        policy.services[ops]?.maxLifetime = .days(30)
        #expect(policy.maxLifetime(for: [])?.key == "tokens.max_lifetime")
        #expect(policy.maxLifetime(for: [git, ops])?.key == "services.ops.tokens.max_lifetime")
        #expect(policy.defaultLifetime(for: [git])?.span == .days(365))
        policy.all.defaultLifetime = .days(90)
        #expect(policy.defaultLifetime(for: [git])?.key == "tokens.default_lifetime")
        #expect(policy.defaultLifetime(for: [ops])?.key == "services.ops.tokens.max_lifetime")
        policy.services[ops]?.defaultLifetime = .days(7)
        #expect(policy.defaultLifetime(for: [git, ops])?.span == .days(7))
    }

    @Test("what changed is said in the words of the configuration")
    func changes() throws {
        var policy = TokenPolicy()
        #expect(policy.changes(from: TokenPolicy()) == "")
        policy.all.maxLifetime = .days(365)
        policy.all.enforceFrom = Timestamp(date: "2027-01-15")
        policy.services[try ServiceName("ops")] = TokenRules()
        policy.services[try ServiceName("ops")]?.needsAddresses = true
        #expect(
            policy.changes(from: TokenPolicy(grace: .days(14)))
                == "tokens.max_lifetime: 365d (was none); tokens.enforce_from: 2027-01-15 (was none); "
                + "services.ops.tokens.addresses: required (was none); accounts.grace: 30d (was 14d)")
        #expect(
            TokenPolicy().changes(from: policy).hasPrefix("tokens.max_lifetime: none (was 365d); "))
    }

    @Test(
        "a refusal names the rule, its date and what to do",
        arguments: [
            (
                "tokens.addresses", false,
                "tokens must be bound to addresses since 15 January 2026; bind this one at D, or create one that is at D/new"
            ),
            (
                "tokens.addresses", true,
                "tokens at Maven must be bound to addresses since 15 January 2026; bind this one at D, or create one that is at D/new"
            ),
            (
                "tokens.narrowed", false,
                "tokens at Maven must be limited to paths since 15 January 2026; narrow this one at D, or create one that is at D/new"
            ),
            (
                "tokens.every_service", true,
                "tokens for every service are refused at Maven since 15 January 2026; narrow this one at D, or create one for Maven at D/new"
            ),
            (
                "tokens.max_lifetime", false,
                "secrets of tokens may be at most 365 days old since 15 January 2026; rotate this token at D"
            ),
            (
                "tokens.who", true,
                "only service accounts may have tokens at Maven since 15 January 2026; ask your administrator"
            ),
        ])
    func sentences(key: String, isOfService: Bool, sentence: String) throws {
        var rules = TokenRules()
        rules.enforceFrom = Timestamp(date: "2026-01-15")
        switch key {
        case "tokens.addresses": rules.needsAddresses = true
        case "tokens.narrowed": rules.needsPaths = true
        case "tokens.every_service": rules.refusesEveryService = true
        case "tokens.max_lifetime": rules.maxLifetime = .days(365)
        default: rules.who = .serviceAccounts
        }
        let name = try ServiceName("git")
        let policy = isOfService ? TokenPolicy(services: [name: rules]) : TokenPolicy(all: rules)
        let service = Service(name: name, title: "Maven", paths: [try #require(PathPattern("/*"))])
        let rule = policy.refusal(
            of: try token().record, of: try alice(), at: service, now: now + .days(5000))
        #expect(
            Denial.policy.sentence(service: service.title, access: .read, desk: "D", rule: rule) == sentence)
    }

    @Test(
        "spans in words",
        arguments: [
            (TimeSpan.days(365), "365 days"), (.days(1), "1 day"), (.hours(36), "36 hours"),
            (.minutes(1), "1 minute"), (.seconds(90), "90 seconds"),
        ])
    func spans(span: TimeSpan, words: String) { #expect(span.longWords == words) }
}
