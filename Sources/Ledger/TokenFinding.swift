public import Tokens

/// Something about a working token that asks for an act, told from what is known of it and its uses.
///
/// Five of them answer OWASP's Non-Human Identities Top 10 (2025): NHI5 (wide), NHI7 (unlimited), NHI9 (shared), and
/// NHI1 (owner away, unused).
public enum TokenFinding: String, Hashable, Sendable, CaseIterable {
    /// It may be used at every service and never expires.
    case unlimited
    /// It was used, but not for ``FindingLimits/unused``.
    case unused
    /// It was never used, and is older than ``FindingLimits/settled``.
    case neverUsed = "never-used"
    /// It expires within ``FindingLimits/expiring``.
    case expiring
    /// Its owner is suspended, deactivated, dormant, or a service account without stewards.
    case ownerAway = "owner-away"
    /// It was used today (UTC) from a network from which it was not used in the last 90 days, while it was used from
    /// others before today.
    case newNetwork = "new-network"
    /// In the last 90 days it was used from ``FindingLimits/networks`` networks or more, and with
    /// ``FindingLimits/clients`` clients or more.
    case shared
    /// It may be used at more services than it was used at in the last 90 days.
    case wide
    /// A previous secret still works, and was used after it was replaced.
    case oldSecret = "old-secret"
    /// A secret of it that works was found where it must not be.
    case leaked
    /// The gate saw it used in an unsafe way within ``Tokens/TokenMisuse/remembered``.
    case misused
}

/// How many tokens there are, and of how many of them each finding is true.
public struct FindingCounts: Hashable, Sendable {
    public let all: Int
    public let findings: [TokenFinding: Int]

    public init(all: Int, of findings: [TokenFinding: Int]) {
        self.all = all
        self.findings = findings
    }
}

/// What findings are measured by.
public struct FindingLimits: Hashable, Sendable {
    /// After how long without a use a token counts as unused.
    public static let unused = TimeSpan.days(90)
    /// How old a token is that must have been used by now.
    public static let settled = TimeSpan.days(14)
    /// How long before its expiry a token counts as expiring.
    public static let expiring = TimeSpan.days(7)
    /// From how many networks one token is used that is shared: /24 of IPv4, /48 of IPv6.
    public static let networks = 8
    /// With how many clients one token is used that is shared.
    public static let clients = 3

    /// How many services there are.
    public var services: Int
    /// Who last signed in at or before this moment is dormant; `nil` where nobody is.
    public var dormantSince: Timestamp?

    public init(services: Int = 0, dormantSince: Timestamp? = nil) {
        self.services = services
        self.dormantSince = dormantSince
    }
}
