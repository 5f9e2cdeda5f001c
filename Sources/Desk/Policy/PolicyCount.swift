public import Ledger
public import Tokens

/// How many tokens of whom the operator's rules would end, before they end one.
public struct PolicyCount: Hashable, Sendable {
    /// A rule with what it concerns.
    public struct Line: Hashable, Sendable {
        /// `tokens.max_lifetime`, or `services.ops.tokens.addresses`.
        public let key: String
        /// As in the configuration: `365d`.
        public let value: String
        /// The moment from which the section's rules refuse tokens; `nil` while they only count them.
        public let enforcedFrom: Timestamp?
        /// What breaks the rule at the moment of the count, and at ``day``; `nil` for rules that end no token: they concern
        /// new ones, or only warn.
        public let now: Tally?
        public let then: Tally?
        /// The moment of ``then``: the one that was asked for, or else that from which the section is enforced.
        public let day: Timestamp
    }

    /// Tokens, and whose they are.
    public struct Tally: Hashable, Sendable {
        public let tokens: Int
        /// Those with the most tokens first.
        public let people: [Share]
    }

    /// Somebody's part of the tokens.
    public struct Share: Hashable, Sendable {
        public let owner: SubjectID
        public let login: String
        public let name: String
        public let tokens: Int
        /// The keys of the rules that they break.
        public let keys: [String]
    }

    /// A token that breaks a rule at the rule's day.
    public struct BrokenToken: Hashable, Sendable {
        public let key: String
        public let token: TokenID
        public let name: String
        public let owner: Subject
        public let createdAt: Timestamp
        public let lastUsedAt: Timestamp?
        /// The moment from which it is refused because of the rule; `nil` while the rule is only counted.
        public let refusedFrom: Timestamp?
    }

    /// The moment of the count.
    public let now: Timestamp
    /// All tokens that work or are paused, and how many people they belong to.
    public let tokens: Int
    public let people: Int
    public let lines: [Line]
    /// What breaks any rule at its day.
    public let together: Tally
    public let broken: [BrokenToken]
}

/// Counts token by token, so that any number of them can be counted.
struct PolicyCounter {
    private let policy: TokenPolicy
    private let services: [Service]?
    private let now: Timestamp
    private let at: Timestamp?
    private var owners: [SubjectID: Subject] = [:]
    private var tokens = 0
    private var counts: [String: (now: [SubjectID: Int], then: [SubjectID: Int])] = [:]
    private var together: [SubjectID: (tokens: Int, keys: Set<String>)] = [:]
    private var broken: [PolicyCount.BrokenToken] = []

    /// - Parameters:
    ///   - services: `nil` if they are not known.
    ///   - at: the moment to count at instead of that from which each section is enforced.
    init(_ policy: TokenPolicy, services: [Service]?, now: Timestamp, at: Timestamp?) {
        self.policy = policy
        self.services = services
        self.now = now
        self.at = at
    }

    /// The moment at which the rules of a section are counted, beside now.
    private func day(of rules: TokenRules) -> Timestamp { at ?? max(now, rules.enforceFrom ?? now) }

    mutating func add(_ listed: ListedToken) {
        let token = listed.token
        tokens += 1
        owners[token.owner] = listed.owner
        var first: [String: (since: Timestamp, section: ServiceName?)] = [:]
        for service in places(of: token, listed.owner) {
            for rule in policy.brokenRules(by: token.record, of: listed.owner, at: service) {
                first[rule.key] = (min(rule.since, first[rule.key]?.since ?? rule.since), rule.section)
            }
        }
        for (key, since, section) in idleSince(listed) { first[key] = (since, section) }
        var keys = Set<String>()
        for (key, rule) in first {
            let rules = policy.rules(of: rule.section)
            let day = day(of: rules)
            if rule.since <= now { counts[key, default: ([:], [:])].now[token.owner, default: 0] += 1 }
            guard rule.since <= day, token.expiresAt.map({ $0 > day }) ?? true else { continue }
            counts[key, default: ([:], [:])].then[token.owner, default: 0] += 1
            keys.insert(key)
            broken.append(
                PolicyCount.BrokenToken(
                    key: key, token: token.id, name: token.name.text, owner: listed.owner,
                    createdAt: token.createdAt, lastUsedAt: listed.lastUse?.lastAt,
                    refusedFrom: rules.enforceFrom.map { max($0, rule.since) }))
        }
        guard !keys.isEmpty else { return }
        together[token.owner, default: (0, [])].tokens += 1
        together[token.owner]?.keys.formUnion(keys)
    }

    /// The services at which a token is judged; `nil` is the desk itself.
    private func places(of token: Token, _ owner: Subject) -> [Service?] {
        // Without the services, the rules for all of them still hold at the desk.
        guard let services else {
            let names = token.scopes.reached(among: Array(policy.services.keys))
            return names.map { Service(name: $0) } + [nil]
        }
        return services.filter { $0.admits(owner) } + (token.scopes.isAtDesk ? [nil] : [])
    }

    /// The moments from which a token is paused and revoked because nobody uses it.
    private func idleSince(
        _ listed: ListedToken
    ) -> [(key: String, since: Timestamp, section: ServiceName?)] {
        guard listed.token.isLasting else { return [] }
        let sections = policy.sections(for: listed.token.scopes, of: listed.owner, among: services)
        return sections.flatMap { service, rules in
            [("idle.pause", rules.idle.pause), ("idle.revoke", rules.idle.revoke)].compactMap { key, span in
                span.map { (TokenPolicy.key(key, in: service), listed.idleSince + $0, service) }
            }
        }
    }

    func count() -> PolicyCount {
        let sections: [ServiceName?] = [nil] + policy.services.keys.sorted()
        let lines = sections.flatMap { section in
            let rules = policy.rules(of: section)
            return rules.values.compactMap { key, value in
                value.flatMap { line(key, $0, section, rules) }
            }
        }
        let shares = together.mapValues { $0.tokens }
        return PolicyCount(
            now: now, tokens: tokens, people: owners.count, lines: lines,
            together: tally(shares) { together[$0]?.keys.sorted() ?? [] },
            broken: broken.sorted {
                ($0.key, $0.owner.login.text, $0.token.number) < (
                    $1.key, $1.owner.login.text, $1.token.number
                )
            })
    }

    private func line(
        _ name: String, _ value: String, _ section: ServiceName?, _ rules: TokenRules
    ) -> PolicyCount.Line? {
        guard name != "enforce_from" else { return nil }
        let key = TokenPolicy.key(name, in: section)
        let endsNone = ["default_lifetime", "per_person", "approval", "idle.warn"].contains(name)
        func tally(_ shares: [SubjectID: Int]?) -> PolicyCount.Tally? {
            endsNone ? nil : self.tally(shares ?? [:]) { _ in [key] }
        }
        return PolicyCount.Line(
            key: key, value: value, enforcedFrom: rules.enforceFrom, now: tally(counts[key]?.now),
            then: tally(counts[key]?.then), day: day(of: rules))
    }

    private func tally(_ shares: [SubjectID: Int], keys: (SubjectID) -> [String]) -> PolicyCount.Tally {
        let people = shares.compactMap { id, count in
            owners[id].map {
                PolicyCount.Share(
                    owner: id, login: $0.login.text, name: $0.name, tokens: count, keys: keys(id))
            }
        }
        return PolicyCount.Tally(
            tokens: people.reduce(0) { $0 + $1.tokens },
            people: people.sorted { ($1.tokens, $0.login) < ($0.tokens, $1.login) })
    }
}

extension ListedToken {
    /// The moment from which the time without a use counts: the latest use, the secret's creation, or when it was
    /// resumed.
    public var idleSince: Timestamp {
        [lastUse?.lastAt, token.resumedAt].compactMap(\.self).reduce(token.secretCreatedAt, max)
    }
}

extension PolicyCount {
    /// The tokens that break a rule as CSV (RFC 4180).
    public var csv: String {
        var table = CSV([
            "rule", "login", "name", "token", "token_name", "created", "last_used", "refused_from",
        ])
        for one in broken {
            table.add([
                one.key, one.owner.login.text, one.owner.name, one.token.text, one.name,
                one.createdAt.rfc3339,
                one.lastUsedAt?.rfc3339 ?? "", one.refusedFrom?.rfc3339 ?? "",
            ])
        }
        return table.text
    }
}
