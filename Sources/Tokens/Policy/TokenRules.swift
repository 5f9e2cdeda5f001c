/// The operator's rules about tokens: one section of the configuration, for all services or for one.
///
/// Each rule is off by default. For new tokens they count at once; for tokens that exist from ``enforceFrom`` on.
public struct TokenRules: Hashable, Sendable {
    /// How long a token works of which nobody chose an expiry.
    public var defaultLifetime: TimeSpan?
    /// How long a token's secret works at most. Rotating the token begins anew.
    public var maxLifetime: TimeSpan?
    /// Whether tokens for every service are refused.
    public var refusesEveryService = false
    /// Whether tokens must be bound to addresses.
    public var needsAddresses = false
    /// Whether scopes must be narrowed to paths, at services that have any.
    public var needsPaths = false
    /// How many active tokens a person has at most.
    public var perPerson: Int?
    /// Whose tokens are allowed.
    public var who = TokenOwners.both
    /// The groups of which a member must approve a new token; empty where it needs no approval.
    public var approval: [String] = []
    /// What becomes of tokens that nobody uses.
    public var idle = IdleRules()
    /// The moment from which tokens that exist are refused; `nil` while they are only counted.
    public var enforceFrom: Timestamp?

    public init() {}

    /// Whether tokens that exist are refused at `now` where they break one of them.
    public func isEnforced(at now: Timestamp) -> Bool { enforceFrom.map { $0 <= now } ?? false }

    /// Whether a token that exists can break one of them.
    var canBeBroken: Bool {
        maxLifetime != nil || refusesEveryService || needsAddresses || needsPaths || who != .both
    }

    /// Whether its date means anything: approval is about new tokens alone.
    public var canBeEnforced: Bool {
        var others = self
        others.approval = []
        return !others.isEmpty
    }

    /// Whether there is any rule at all, whatever its date.
    public var isEmpty: Bool {
        var dated = TokenRules()
        dated.enforceFrom = enforceFrom
        return self == dated
    }
}

/// Whose tokens a rule allows.
public enum TokenOwners: String, Hashable, Sendable, CaseIterable {
    case people
    case serviceAccounts = "service-accounts"
    case both

    /// Whether `owner` may have tokens.
    public func include(_ owner: Subject) -> Bool {
        switch self {
        case .both: true
        case .people: owner.isPerson
        case .serviceAccounts: !owner.isPerson
        }
    }

    /// As in "only … may have tokens".
    public var words: String {
        switch self {
        case .people: "people"
        case .serviceAccounts: "service accounts"
        case .both: "people and service accounts"
        }
    }
}

/// After how long without a use the owner of a token is warned, the token is paused, and revoked.
public struct IdleRules: Hashable, Sendable {
    public var warn: TimeSpan?
    public var pause: TimeSpan?
    public var revoke: TimeSpan?

    public init(warn: TimeSpan? = nil, pause: TimeSpan? = nil, revoke: TimeSpan? = nil) {
        (self.warn, self.pause, self.revoke) = (warn, pause, revoke)
    }

    public var isEmpty: Bool { self == IdleRules() }
}
