public import Tokens

/// What the operator's rules allow somebody who creates a token: for a form that offers only that, and for scripts.
public struct TokenOffer: Hashable, Sendable {
    private let policy: TokenPolicy
    private let owner: Subject
    /// The services that the owner may have tokens for, those first that the rules exclude.
    private let all: [Service]

    /// Without a policy, everything is allowed.
    public init(_ policy: TokenPolicy = TokenPolicy(), to owner: Subject, services: [Service]) {
        self.policy = policy
        self.owner = owner
        all = services
    }

    /// Whether the owner may have no token at all, and who may; `nil` where they may.
    public var excludedBy: TokenOwners? { policy.all.who.include(owner) ? nil : policy.all.who }

    /// The services that there can be a token for.
    public var services: [Service] { all.filter { rules(of: $0).who.include(owner) } }

    /// The other ones.
    public var excluded: [Service] { all.filter { !rules(of: $0).who.include(owner) } }

    /// Why there can be no token for every service, as a sentence without its full stop; `nil` where there can.
    public var everyServiceRefusal: String? {
        var rules = NewTokenRules(policy, scopes: .everyService, owner: owner, offered: all)
        // Addresses can be given.
        rules.check(addresses: AddressRange.loopback)
        let sentence = rules.found.all.first { $0.field == "scopes" }?.sentence(calling: "The access")
        return sentence.map { "\($0.prefix(1).uppercased())\($0.dropFirst())" }
    }

    /// Who must approve tokens.
    public var approval: ApprovalRules { policy.approval }

    /// Whether every token has to be bound to addresses.
    public var needsAddresses: Bool { policy.all.needsAddresses && !isBound }

    /// The services whose tokens have to be bound to addresses, where not all have to.
    public var addressedServices: [Service] {
        needsAddresses || isBound ? [] : services.filter { rules(of: $0).needsAddresses }
    }

    private var isBound: Bool { owner.account?.addresses.isEmpty == false }

    /// Whether a token for the service has to be limited to a path.
    public func needsPath(at service: Service) -> Bool {
        !service.paths.isEmpty && (policy.all.needsPaths || rules(of: service).needsPaths)
    }

    /// The lifetime of a token of which nobody chooses an expiry; `nil` for no expiry. It may be shorter where the token
    /// is for one of ``shorterLived``.
    public var defaultLifetime: TimeSpan? { policy.defaultLifetime(for: [])?.span }

    /// The longest lifetime of any token.
    public var maxLifetime: TimeSpan? { policy.maxLifetime(for: [])?.span }

    /// Services at which tokens end earlier: with the default there, and the longest lifetime.
    public var shorterLived: [(service: Service, standard: TimeSpan?, limit: TimeSpan?)] {
        services.compactMap { service in
            let standard = policy.defaultLifetime(for: [service.name])?.span
            let limit = policy.maxLifetime(for: [service.name])?.span
            guard standard != defaultLifetime || limit != maxLifetime else { return nil }
            return (service, standard, limit)
        }
    }

    /// Whether there is an expiry that nobody has to choose, for any token.
    public var hasDefault: Bool {
        defaultLifetime != nil || shorterLived.contains { $0.standard != nil }
    }

    /// The keys of the rules with their values, as in the configuration: for all services, or for one.
    public func values(of service: Service?) -> [(key: String, value: String)] {
        policy.rules(of: service?.name).values.compactMap { key, value in value.map { (key, $0) } }
    }

    private func rules(of service: Service) -> TokenRules { policy.rules(of: service.name) }
}
