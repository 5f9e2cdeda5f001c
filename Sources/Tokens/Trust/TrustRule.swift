/// Identifies a trust rule.
public typealias TrustRuleID = Identifier<TrustRule>

/// Which identities of an issuer get tokens of a service account, and for what.
public struct TrustRule: Hashable, Sendable {
    public let id: TrustRuleID

    public init(id: TrustRuleID) {
        self.id = id
    }
}
