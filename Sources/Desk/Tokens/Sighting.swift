public import Ledger
public import Tokens

/// The latest that was seen of a token: that it was used, or that it was refused.
///
/// Whoever sets up a tool waits for the one, and needs to know of the other.
public enum Sighting: Hashable, Sendable {
    case use(Use)
    case refusal(Refusal)

    /// A refusal of a token that exists.
    public struct Refusal: Hashable, Sendable {
        public let service: ServiceName
        /// What was asked for; `nil` where it is not known.
        public let access: Access?
        /// The client's address; empty where it is not known.
        public let address: String
        /// The client as people call it: `npm 10.8`.
        public let client: String
        public let reason: Denial
        public let at: Timestamp

        public init(
            service: ServiceName, access: Access?, address: String, client: String, reason: Denial,
            at: Timestamp
        ) {
            self.service = service
            self.access = access
            self.address = address
            self.client = client
            self.reason = reason
            self.at = at
        }
    }

    /// The later of the two; a use, where both are of the same moment. `nil` where there is neither.
    public static func latest(_ use: Use?, _ refusal: Refusal?) -> Sighting? {
        guard let refusal else { return use.map(Sighting.use) }
        guard let use, use.lastAt >= refusal.at else { return .refusal(refusal) }
        return .use(use)
    }
}

extension TokenDesk {
    /// The latest that was seen of the token; `nil` before its first use. Uses reach the ledger within seconds.
    public func sighting(of token: Token) async throws(DeskFault) -> Sighting? {
        Sighting.latest(try await lastUse(of: token), nil)
    }
}
