internal import SignIn
public import Tokens

/// What the rules say of an identity that somebody tries.
public struct TrustTest: Hashable, Sendable {
    public let identity: VerifiedIdentity
    /// Each rule with the reasons why it does not match; none where it does.
    public let rules: [(rule: TrustRule, reasons: [TrustJudgement.Reason])]

    /// The rule that would give a token, the oldest that matches.
    public var match: TrustRule? { rules.first { $0.reasons.isEmpty }?.rule }

    public static func == (left: Self, right: Self) -> Bool {
        left.identity == right.identity
            && left.rules.elementsEqual(right.rules) { $0.rule == $1.rule && $0.reasons == $1.reasons }
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(identity) }
}

extension TrustDesk {
    /// Tries an identity with the rules of `owner`, or all rules if that is `nil`, which is for administrators and the
    /// operator. Gives no token, and the identity can still be traded. Throws ``DeskFault/invalid(_:)`` where the identity
    /// is not accepted.
    public func test(_ jwt: String, for owner: Subject?, by requester: Requester) async throws(DeskFault)
        -> TrustTest
    {
        if let owner {
            guard requester.manages(owner) || requester.oversight != nil else {
                throw .forbidden("You are not a steward of \(owner.login): ask one of its stewards.")
            }
        } else {
            try requester.refuseUnlessOverseeing(.audit)
        }
        let identity: VerifiedIdentity
        do throws(IdentityFault) {
            identity = try await verifier.verify(jwt.trimmed)
        } catch {
            throw .invalid([FieldFault("identity", "is not accepted: \(error.description)")])
        }
        let all = if let owner { try await rules(of: owner) } else { try await allRules() }
        let now = clock.now
        return TrustTest(
            identity: identity,
            rules: all.map { ($0, TrustJudgement.reasons(against: $0, identity, at: now)) })
    }
}
