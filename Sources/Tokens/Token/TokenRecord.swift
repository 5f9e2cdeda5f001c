/// One of a token's secrets with all that judging a request needs, as it is kept in memory.
public struct TokenRecord: Hashable, Sendable {
    /// The token that the secret belongs to.
    public let id: TokenID
    public let secret: SecretID
    /// Whether another secret took its place.
    public let isPrevious: Bool
    public let owner: SubjectID
    public let scopes: Scopes
    /// The addresses that it may be used from; empty for any.
    public let addresses: [AddressRange]
    /// When the secret was made.
    public let createdAt: Timestamp
    /// The moment from which the secret is refused; `nil` for no expiry.
    public let expiresAt: Timestamp?
    public let isRevoked: Bool
    public let pauses: [Pause]
    /// Who knows the secret from the time before the token was handed over; `nil` for nobody.
    public let handOver: HandOver?
    /// Whether a job got it for its identity.
    public let isOfJob: Bool
    /// The agents that act with it on behalf of its owner, see ``Token/Delegation/actors``; empty for none.
    public let actors: [SubjectID]

    public init(
        id: TokenID, secret: SecretID? = nil, isPrevious: Bool = false, owner: SubjectID, scopes: Scopes,
        addresses: [AddressRange], createdAt: Timestamp, expiresAt: Timestamp?, isRevoked: Bool,
        pauses: [Pause] = [], handOver: HandOver? = nil, isOfJob: Bool = false,
        actors: [SubjectID] = []
    ) {
        self.id = id
        self.secret = secret ?? id.firstSecret
        self.isPrevious = isPrevious
        self.owner = owner
        self.scopes = scopes
        self.addresses = addresses
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.isRevoked = isRevoked
        self.pauses = pauses
        self.handOver = handOver
        self.isOfJob = isOfJob
        self.actors = actors
    }

    /// Whose token it was when the secret was made; `nil` where that is its owner.
    public var formerOwner: SubjectID? { handOver?.from }

    /// Whether it may be used from `address`; `nil` is an unknown one.
    func mayBeUsed(from address: IPAddress?) -> Bool { addresses.permit(address) }

    /// The state at `now`.
    public func state(at now: Timestamp) -> Token.State {
        Token.State(isRevoked: isRevoked, expiresAt: expiresAt, pauses: pauses, at: now)
    }
}

extension Token {
    /// The record of the current secret.
    public var record: TokenRecord {
        TokenRecord(
            id: id, secret: secret, owner: owner, scopes: scopes, addresses: addresses,
            createdAt: secretCreatedAt, expiresAt: expiresAt, isRevoked: revocation != nil, pauses: pauses,
            handOver: handOver, isOfJob: job != nil, actors: delegation?.actors ?? [])
    }
}
