public import Ledger
public import SignIn
internal import Tokens

/// Why a job gets no token for its identity.
///
/// Whoever presents an identity may be anybody at its issuer: only one that a rule matches learns what that rule gives.
public enum TradeFault: Error, Hashable, Sendable {
    /// The identity is not accepted.
    case identity(IdentityFault)
    /// No rule matches the identity.
    case noRule
    /// A rule matches, but does not give the scope that was asked for.
    case scope(String)
    /// A rule matches, but gives nothing at the resource or the audience that was named.
    case target(String)
    /// The identity was traded before.
    case used
    /// Tokens for this need approval by now, which a steward's rule cannot have.
    case needsApproval
    /// The account is suspended or removed, or has no steward.
    case inactive
    /// The rule has given as many tokens as may work at a time.
    case tooMany
    case ledger(LedgerError)

    /// Whether the issuer of the identity does not answer, so that trying again may help.
    public var isTemporary: Bool { if case .identity(let fault) = self { fault.isTemporary } else { false } }

    /// The reason's name in events and metrics.
    public var name: String {
        switch self {
        case .identity(let fault): fault.name
        case .noRule: "no_rule"
        case .scope: "scope"
        case .target: "target"
        case .used: "used"
        case .needsApproval: "needs_approval"
        case .inactive: "owner_inactive"
        case .tooMany: "too_many"
        case .ledger: "ledger_failed"
        }
    }
}

extension TradeFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .identity(let fault): fault.description
        case .noRule:
            "no trust rule matches this identity: a steward of the service account adds one, or learns with "
                + "`jeton trust test` why it does not match"
        case .scope(let scope):
            "the trust rule that matches does not give “\(scope)”: ask for less, or for nothing"
        case .target(let target):
            "the trust rule that matches gives nothing at “\(target)”: name a service that it is for, or none"
        case .used: LedgerError.identityUsed.description
        case .needsApproval:
            "tokens for this need approval, which the rule of a steward cannot have: ask for less (scope), or have the "
                + "operator add the rule"
        case .inactive: "the service account is suspended or removed, or has no steward: ask its stewards"
        case .tooMany:
            "this trust rule has given \(LedgerLimits.activeTokensPerTrustRule) tokens that work: wait until some end"
        case .ledger: "the token desk cannot store the token right now: try again in a moment"
        }
    }
}
