/// Which trust rule lets an identity have a token, or why none does.
///
/// Nothing is allowed unless a rule allows it. Where several match, the oldest of those counts that may give what was
/// asked for.
public enum TrustJudgement: Hashable, Sendable {
    /// This rule gives a token.
    case match(TrustRule)
    /// No rule does: each rule of the issuer, with the reasons.
    case noMatch([Mismatch])

    /// Why one rule does not match.
    public struct Mismatch: Hashable, Sendable {
        public let rule: TrustRule
        /// Never empty.
        public let reasons: [Reason]

        public init(rule: TrustRule, reasons: [Reason]) {
            (self.rule, self.reasons) = (rule, reasons)
        }
    }

    /// One reason.
    public enum Reason: Hashable, Sendable {
        case otherIssuer
        case ended
        /// It requires no claim, so it would match everybody at the issuer.
        case noClaims
        /// The identity has no such claim.
        case missing(ClaimMatch)
        /// The identity has other values for it.
        case differs(ClaimMatch, found: [String])
        /// The job asked for this scope, which the rule does not give.
        case scope(Scope)
        /// The rule gives nothing at what the job named (RFC 8707).
        case resource(String)
    }

    /// Judges an identity by `rules` at `now`.
    public static func judge(
        _ identity: VerifiedIdentity, rules: [TrustRule], asking: TrustRequest = TrustRequest(),
        at now: Timestamp
    ) -> TrustJudgement {
        var mismatches: [Mismatch] = []
        for rule in rules.sorted(by: { $0.id < $1.id }) {
            let reasons = reasons(against: rule, identity, asking, at: now)
            if reasons.isEmpty { return .match(rule) }
            mismatches.append(Mismatch(rule: rule, reasons: reasons))
        }
        return .noMatch(mismatches)
    }

    /// Why `rule` gives the identity no token at `now`, claim by claim; empty where it does.
    public static func reasons(
        against rule: TrustRule, _ identity: VerifiedIdentity, _ asking: TrustRequest = TrustRequest(),
        at now: Timestamp
    ) -> [Reason] {
        var reasons: [Reason] = []
        if !rule.issuer.isExactly(identity.issuer) { reasons.append(.otherIssuer) }
        if !rule.isInForce(at: now) { reasons.append(.ended) }
        if rule.claims.isEmpty { reasons.append(.noClaims) }
        for match in rule.claims where !match.matches(identity.claims[match.claim]) {
            let found = identity.claims[match.claim]
            reasons.append(found.isEmpty ? .missing(match) : .differs(match, found: found))
        }
        return reasons + asking.reasons(against: rule)
    }

    /// Whether a rule matched but for what was asked for.
    public var isAboutRequest: Bool {
        guard case .noMatch(let mismatches) = self else { return false }
        return mismatches.contains { $0.reasons.allSatisfy(\.isAboutRequest) }
    }
}

extension TrustJudgement.Reason {
    /// Whether it is what the job asked for that does not fit, and not who the job is.
    public var isAboutRequest: Bool {
        switch self {
        case .scope, .resource: true
        case .otherIssuer, .ended, .noClaims, .missing, .differs: false
        }
    }

    /// The reason as a sentence without a full stop.
    public var sentence: String {
        switch self {
        case .otherIssuer: "it is about another issuer"
        case .ended: "it has ended"
        case .noClaims: "it requires no claim, so it matches nobody"
        case .missing(let match): "the identity has no “\(match.claim)”, which must be \(match.words)"
        case .differs(let match, let found):
            "“\(match.claim)” must be \(match.words), and is \(Self.quoted(found))"
        case .scope(let scope): "it does not give “\(scope)”"
        case .resource(let resource): "it gives nothing at \(resource.beginning(bytes: 200).oneLine)"
        }
    }

    private static func quoted(_ values: [String]) -> String {
        values.map { "“\($0.oneLine.beginning(bytes: 200))”" }.words(first: 3)
    }
}

extension ClaimMatch {
    /// The match in words: `“main”`, or `like “refs/tags/*”`.
    public var words: String { isPattern ? "like “\(value)”" : "“\(value)”" }
}

/// What a job asks for beside its identity; by default all that the rule gives.
public struct TrustRequest: Hashable, Sendable {
    /// The scopes that it asks for; empty for those of the rule.
    public var scopes: [Scope]
    /// The one service that it needs the token for, under the name by which the job knows it; `nil` for any.
    public var resource: Resource?

    /// A service that was named as a resource (RFC 8707) or an audience (RFC 8693).
    public struct Resource: Hashable, Sendable {
        /// As the job wrote it.
        public let text: String
        /// The services that have it, of which the rule has to give one.
        public let services: [ServiceName]

        public init(text: String, services: [ServiceName]) {
            (self.text, self.services) = (text, services)
        }
    }

    public init(scopes: [Scope] = [], resource: Resource? = nil) {
        self.scopes = scopes
        self.resource = resource
    }

    fileprivate func reasons(against rule: TrustRule) -> [TrustJudgement.Reason] {
        if let scope = scopes.first(where: { !rule.scopes.covers($0) }) { return [.scope(scope)] }
        guard let resource, narrowed(rule.scopes) == nil else { return [] }
        return [.resource(resource.text)]
    }

    /// The scopes of a token: those of the rule, narrowed to what was asked for; `nil` where nothing is left.
    public func narrowed(_ given: Scopes) -> Scopes? {
        let asked = scopes.isEmpty ? given : Scopes(scopes)
        guard let resource else { return asked }
        switch asked {
        case .everyService:
            let scopes = resource.services.map { Scope.service($0, nil) }
            return scopes.isEmpty ? nil : Scopes(scopes)
        case .only(let scopes):
            let kept = scopes.filter { $0.service.map(resource.services.contains) ?? false }
            return kept.isEmpty ? nil : .only(kept)
        }
    }
}
