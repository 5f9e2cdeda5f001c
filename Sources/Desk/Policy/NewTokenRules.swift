internal import Ledger
public import Tokens

/// Judges a new token by the operator's rules, which count for it at once.
///
/// Each fault names the key of the rule: `expires_at must be within 365 days (tokens.max_lifetime)`.
struct NewTokenRules {
    private let policy: TokenPolicy
    private let owner: Subject
    /// The services that the token reaches; those with rules of their own, where the others are not known.
    private let services: [ServiceName]
    /// Those of them that have paths, with an example; empty where they are not known.
    private let examples: [ServiceName: String]
    private let scopes: Scopes
    private(set) var found = FieldFaults()

    /// - Parameter offered: the services that the owner may have tokens for; `nil` for any.
    init(_ policy: TokenPolicy, scopes: Scopes, owner: Subject, offered: [Service]?) {
        self.policy = policy
        self.scopes = scopes
        self.owner = owner
        services = scopes.reached(among: offered?.map(\.name) ?? Array(policy.services.keys))
        examples = Dictionary(
            (offered ?? []).filter { !$0.paths.isEmpty }.map { ($0.name, $0.examplePath) },
            uniquingKeysWith: { first, _ in first })
    }

    /// The sections that hold for the token.
    private var sections: [(service: ServiceName?, rules: TokenRules)] { policy.sections(ofAny: services) }

    /// Adds the faults of what the token is.
    mutating func check(addresses: [AddressRange]) {
        for (service, rules) in sections {
            let place = service.map { " at \($0)" } ?? ""
            if !rules.who.include(owner) {
                found.add(
                    "scopes",
                    "only \(rules.who.words) may have tokens\(place) \(key(.who, service)): ask your administrator",
                    isWhole: true)
            }
            if rules.refusesEveryService, scopes == .everyService {
                found.add(
                    "scopes",
                    "must name services: tokens for every service are refused\(place) \(key(.everyService, service))"
                )
            }
            if rules.needsAddresses { checkBinding(addresses, at: service) }
            if rules.needsPaths { checkPaths(of: service) }
        }
    }

    /// Adds a fault where tokens must be bound to addresses, at a service or anywhere.
    private mutating func checkBinding(_ addresses: [AddressRange], at service: ServiceName?) {
        guard addresses.isEmpty, owner.account?.addresses.isEmpty ?? true else { return }
        let tokens = service.map { "tokens for \($0)" } ?? "tokens"
        found.add("addresses", "must be given: \(tokens) must be bound to them \(key(.addresses, service))")
    }

    private mutating func checkPaths(of section: ServiceName?) {
        let named = section.map { [$0] } ?? services.filter { examples[$0] != nil }
        for service in named where !scopes.areNarrowed(at: service) {
            let example = examples[service].map { ", as in \(service):\($0)" } ?? ""
            found.add(
                "scopes", "must be limited to paths at \(service)\(example) \(key(.narrowed, section))")
        }
    }

    /// The expiry of the token: what was chosen, or what the rules choose. Adds a fault where it is too late.
    mutating func expiry(_ chosen: TokenEdit.Expiry?, at now: Timestamp) -> Timestamp? {
        let limit = policy.maxLifetime(for: services)
        switch chosen {
        case nil: return policy.defaultLifetime(for: services).map { now + $0.span }
        case .never:
            if let limit {
                found.add(
                    "expires_at",
                    "is needed: tokens work for at most \(limit.span.longWords) (\(limit.key))")
            }
            return nil
        case .at(let end):
            guard let limit, end > now + limit.span else { return end }
            // The last day that is allowed can be chosen, too.
            if end > (now + limit.span).endOfDay {
                found.add("expires_at", "must be within \(limit.span.longWords) (\(limit.key))")
            }
            return now + limit.span
        }
    }

    /// How many tokens the owner may have.
    var countLimits: [TokenCountLimit] { policy.countLimits(of: owner, at: services) }

    /// Adds a fault where the owner has as many tokens as a person may have, with those of these scopes.
    mutating func check(others: [Scopes]) {
        for limit in countLimits where limit.isReached(by: others) {
            found.add("name", limit.sentence(for: owner.login, others: others), isWhole: true)
        }
    }

    private func key(_ rule: TokenRule, _ section: ServiceName?) -> String { "(\(rule.key(in: section)))" }
}

extension Scopes {
    /// Those of the services `known` that they reach, and all services that they name.
    func reached(among known: [ServiceName]) -> [ServiceName] {
        switch self {
        case .everyService: known.sorted()
        case .only(let scopes): Set(scopes.compactMap(\.service)).sorted()
        }
    }
}

extension Timestamp {
    /// 00:00 UTC of the next day.
    fileprivate var endOfDay: Timestamp { Timestamp(seconds: (day + 1) * 86_400) }
}

extension TokenDesk {
    /// The operator's rules about tokens.
    public func tokenPolicy() async throws(DeskFault) -> TokenPolicy {
        try await read { () throws(LedgerError) in try await ledger.tokenPolicy() }
    }

    /// Who must approve new tokens.
    public func approval() async throws(DeskFault) -> ApprovalRules { try await tokenPolicy().approval }

    /// The expiry of a token that a person rotates, as the rules limit it.
    func limited(
        _ expiry: Timestamp?, of token: Token, _ owner: Subject, at now: Timestamp
    ) async throws(DeskFault) -> Timestamp? {
        let policy = try await tokenPolicy()
        let services = token.scopes.reached(
            among: rulesOffer(for: owner)?.map(\.name) ?? Array(policy.services.keys))
        guard let limit = policy.maxLifetime(for: services) else { return expiry }
        return min(expiry ?? .distantFuture, now + limit.span)
    }

    /// Throws ``DeskFault/invalid(_:)`` where `wanted` gives up addresses that a rule requires of `token`.
    func refuseUnbinding(
        _ token: Token, to wanted: Token, of owner: Subject, under policy: TokenPolicy
    ) throws(DeskFault) {
        guard wanted.addresses.isEmpty, !token.addresses.isEmpty else { return }
        var rules = NewTokenRules(
            policy, scopes: wanted.scopes, owner: owner, offered: rulesOffer(for: owner))
        rules.check(addresses: wanted.addresses)
        let faults = rules.found.all.filter { $0.field == "addresses" }
        guard faults.isEmpty else { throw .invalid(faults) }
    }
}
