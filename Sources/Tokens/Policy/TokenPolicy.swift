/// The operator's rules about tokens, as all nodes keep them: those for all services, and those of single ones. Both
/// hold, so the strictest counts.
///
///     tokens: { max_lifetime: 365d, enforce_from: 2027-01-15 }
///     services: { ops: { tokens: { addresses: required } } }
public struct TokenPolicy: Hashable, Sendable {
    /// Boxed, since the gate keeps the policy beside each token that it has granted.
    private var boxed: Boxed<Contents>

    private struct Contents: Hashable {
        var all: TokenRules
        var services: [ServiceName: TokenRules]
        var grace: TimeSpan
    }

    private var contents: Contents {
        get { boxed.value }
        set { boxed = .value(newValue) }
    }

    /// The rules for all services.
    public var all: TokenRules {
        get { contents.all }
        set { contents.all = newValue }
    }
    /// The rules of single services.
    public var services: [ServiceName: TokenRules] {
        get { contents.services }
        set { contents.services = newValue }
    }
    /// How long the tokens of a service account go on working after its last steward left, and a token that was
    /// handed over after the person left who knows its secret.
    public var grace: TimeSpan {
        get { contents.grace }
        set { contents.grace = newValue }
    }

    /// Who must approve new tokens.
    public var approval: ApprovalRules {
        ApprovalRules(all: all.approval, services: services.mapValues(\.approval))
    }

    /// The default of ``grace``.
    public static let standardGrace = TimeSpan.days(30)

    public init(
        all: TokenRules = TokenRules(), services: [ServiceName: TokenRules] = [:],
        grace: TimeSpan = TokenPolicy.standardGrace
    ) {
        boxed = .value(Contents(all: all, services: services, grace: grace))
    }

    /// Whether there is no rule at all.
    public var isEmpty: Bool { all.isEmpty && services.values.allSatisfy(\.isEmpty) }

    /// The same policy, without sections that say nothing.
    public var withoutEmptySections: TokenPolicy {
        TokenPolicy(all: all, services: services.filter { $0.value != TokenRules() }, grace: grace)
    }

    /// The sections that hold at a service, or at the desk itself if that is `nil`.
    public func sections(at service: ServiceName?) -> [(service: ServiceName?, rules: TokenRules)] {
        guard let service, let own = services[service] else { return [(nil, all)] }
        return [(nil, all), (service, own)]
    }

    /// The section of all services, and those that these services have.
    public func sections(ofAny services: [ServiceName]) -> [(service: ServiceName?, rules: TokenRules)] {
        [(nil, all)] + services.compactMap { name in self.services[name].map { (name, $0) } }
    }

    /// A key in a section: `tokens.who`, or `services.maven.tokens.who`.
    public static func key(_ key: String, in section: ServiceName?) -> String {
        section.map { "services.\($0).tokens.\(key)" } ?? "tokens.\(key)"
    }
}

/// How tokens that exist are judged. The gate, the dry run and the pages all use ``brokenRules(by:of:at:)``.
extension TokenPolicy {
    /// The rules that a token breaks at a service, now or at some time, without regard to whether they are enforced.
    ///
    /// With `nil` for the service, those that it breaks at the desk itself, where only the section of all holds. A
    /// token that may do nothing at the service breaks none there.
    ///
    /// Each secret is judged by itself, so a token that was exchanged for another is judged as that one would be with
    /// the same scopes, addresses and age.
    public func brokenRules(
        by token: TokenRecord, of owner: Subject, at service: Service?
    ) -> [BrokenRule] {
        let own = service.flatMap { services[$0.name] }
        guard all.canBeBroken || own?.canBeBroken ?? false else { return [] }
        if let service, !token.scopes.reach(service.name) { return [] }
        var broken = all.broken(by: token, of: owner, at: service, section: nil)
        if let own { broken += own.broken(by: token, of: owner, at: service, section: service?.name) }
        return broken
    }

    /// The rule that a token breaks first at a service, with the moment from which it does, whether the rule is
    /// enforced or not; `nil` where it breaks none.
    public func firstBrokenRule(
        by token: TokenRecord, of owner: Subject, at service: Service?
    ) -> BrokenRule? {
        brokenRules(by: token, of: owner, at: service).min { $0.since < $1.since }
    }

    /// The rule by which a token is refused at a service at `now`; `nil` where it is not.
    public func refusal(
        of token: TokenRecord, of owner: Subject, at service: Service?, now: Timestamp
    ) -> BrokenRule? {
        brokenRules(by: token, of: owner, at: service).first { $0.refusedFrom.map { $0 <= now } ?? false }
    }

    /// The moment from which a token is refused at a service because of a rule; `nil` for never.
    public func refusedFrom(
        _ token: TokenRecord, of owner: Subject, at service: Service?
    ) -> Timestamp? {
        brokenRules(by: token, of: owner, at: service).compactMap(\.refusedFrom).min()
    }
}

extension TokenRules {
    fileprivate func broken(
        by token: TokenRecord, of owner: Subject, at service: Service?, section: ServiceName?
    ) -> [BrokenRule] {
        func rule(_ rule: TokenRule, since: Timestamp = .distantPast) -> BrokenRule {
            BrokenRule(rule, in: section, of: self, since: since)
        }
        var broken: [BrokenRule] = []
        if !who.include(owner) { broken.append(rule(.who)) }
        if refusesEveryService, token.scopes == .everyService { broken.append(rule(.everyService)) }
        if needsAddresses, token.addresses.isEmpty, owner.account?.addresses.isEmpty ?? true {
            broken.append(rule(.addresses))
        }
        if needsPaths, let service, !service.paths.isEmpty, !token.scopes.areNarrowed(at: service.name) {
            broken.append(rule(.narrowed))
        }
        if let maxLifetime { broken.append(rule(.maxLifetime, since: token.createdAt + maxLifetime)) }
        return broken
    }
}

extension Scopes {
    /// Whether all that they allow at the service is limited to paths. True where they allow nothing there.
    public func areNarrowed(at service: ServiceName) -> Bool {
        guard case .only(let scopes) = self else { return false }
        return scopes.allSatisfy { $0.service != service || $0.path != nil }
    }
}
