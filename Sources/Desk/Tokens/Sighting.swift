public import Ledger
public import Tokens

/// The latest that was seen of a token: that it was used, or that it was refused.
///
/// Whoever sets up a tool waits for the one, and needs to know of the other.
public enum Sighting: Hashable, Sendable {
    case use(Use)
    case refusal(RefusedUse)

    /// The later of the two; a use, where both are of the same moment. `nil` where there is neither.
    public static func latest(_ use: Use?, _ refusal: RefusedUse?) -> Sighting? {
        guard let refusal else { return use.map(Sighting.use) }
        guard let use, use.lastAt >= refusal.use.lastAt else { return .refusal(refusal) }
        return .use(use)
    }
}

extension TokenDesk {
    /// The latest that was seen of the token's current secret; `nil` before its first use. Uses and refusals reach the
    /// ledger within seconds.
    public func sighting(of token: Token) async throws(DeskFault) -> Sighting? {
        let since = token.secretCreatedAt
        let uses = try await uses(of: token.id, since: since).filter { $0.secret == token.secret }
        let refusals = try await refusals(of: token.id, since: since).filter { $0.use.secret == token.secret }
        return Sighting.latest(uses.first, refusals.first)
    }
}
