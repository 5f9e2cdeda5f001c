/// Identifies a trust rule.
public typealias TrustRuleID = Identifier<TrustRule>

/// Which identities of an issuer get tokens of a service account, and for what.
///
///     bot-app   “app release”   github   repository_id = 74   workflow_ref ~ acme/app/…/release.yml@refs/tags/*
///               maven:write:/com/acme/app   for 15 minutes
///
/// A rule is never changed: it is removed, with the tokens that it gave, and another is added.
public struct TrustRule: Hashable, Sendable {
    public let id: TrustRuleID
    /// Whose tokens it gives.
    public let owner: SubjectID
    public let name: TokenName
    /// The issuer (`iss`) whose identities it is about.
    public let issuer: String
    /// What it requires of the claims; never empty, and every one has to match.
    public let claims: [ClaimMatch]
    /// What its tokens may do; a job may ask for less.
    public let scopes: Scopes
    /// How long each of its tokens works.
    public let lifetime: TimeSpan
    public let createdAt: Timestamp
    /// Who added it; `nil` for the operator.
    public let createdBy: SubjectID?
    /// The moment from which it gives nothing, and its tokens end; `nil` for none.
    public let expiresAt: Timestamp?
    /// When it was removed; `nil` while it is in force.
    public var removedAt: Timestamp?

    /// How long a token works unless the rule says otherwise.
    public static let usualLifetime = TimeSpan.minutes(15)
    /// The shortest and the longest time that a rule can choose.
    public static let lifetimes = TimeSpan.minutes(1)...TimeSpan.hours(12)
    /// The most matches of one rule.
    public static let claimLimit = 20

    public init(
        id: TrustRuleID, owner: SubjectID, name: TokenName, issuer: String, claims: [ClaimMatch],
        scopes: Scopes, lifetime: TimeSpan = Self.usualLifetime, createdAt: Timestamp, createdBy: SubjectID?,
        expiresAt: Timestamp? = nil, removedAt: Timestamp? = nil
    ) {
        self.id = id
        self.owner = owner
        self.name = name
        self.issuer = issuer
        self.claims = claims
        self.scopes = scopes
        self.lifetime = lifetime
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.expiresAt = expiresAt
        self.removedAt = removedAt
    }

    /// When a token that it gives at `now` ends.
    public func tokenEnd(at now: Timestamp) -> Timestamp {
        let end = now + lifetime
        return expiresAt.map { min($0, end) } ?? end
    }

    /// Whether it gives a token with these scopes.
    public func gives(_ wanted: Scopes) -> Bool {
        switch wanted {
        case .everyService: scopes == .everyService
        case .only(let all): all.allSatisfy(scopes.covers)
        }
    }

    /// Whether it gives tokens at `now`.
    public func isInForce(at now: Timestamp) -> Bool {
        removedAt == nil && expiresAt.map { now < $0 } ?? true
    }
}

extension Subject {
    /// Whether its trust rules give tokens: it is active, and a service account has a steward. A token that it has already
    /// works on for a grace without a steward; no new one is given.
    public var mayTrade: Bool { endedAt == nil && !isSuspended && account?.unattendedSince == nil }
}
