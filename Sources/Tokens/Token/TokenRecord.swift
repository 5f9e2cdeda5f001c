/// The part of a token that is kept in memory, for judging requests.
public struct TokenRecord: Hashable, Sendable {
    public let id: TokenID
    public let owner: SubjectID
    public let scopes: Scopes
    /// The addresses that it may be used from; empty for any.
    public let addresses: [AddressRange]
    public let createdAt: Timestamp
    /// The moment from which it is refused; `nil` for no expiry.
    public let expiresAt: Timestamp?
    public let isRevoked: Bool

    public init(
        id: TokenID, owner: SubjectID, scopes: Scopes, addresses: [AddressRange], createdAt: Timestamp,
        expiresAt: Timestamp?, isRevoked: Bool
    ) {
        self.id = id
        self.owner = owner
        self.scopes = scopes
        self.addresses = addresses
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.isRevoked = isRevoked
    }

    /// Whether it may be used from `address`; `nil` is an unknown one.
    func mayBeUsed(from address: IPAddress?) -> Bool {
        addresses.isEmpty || address.map { addresses.contains($0) } ?? false
    }

    /// The state at `now`.
    public func state(at now: Timestamp) -> Token.State {
        Token.State(isRevoked: isRevoked, expiresAt: expiresAt, at: now)
    }
}

extension Token {
    /// The part that is kept in memory.
    public var record: TokenRecord {
        TokenRecord(
            id: id, owner: owner, scopes: scopes, addresses: addresses, createdAt: createdAt,
            expiresAt: expiresAt, isRevoked: revocation != nil)
    }
}
