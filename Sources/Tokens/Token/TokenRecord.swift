/// What a judgement needs of a token: the part of it that is kept in memory.
public struct TokenRecord: Hashable, Sendable {
    /// Names the token.
    public let id: TokenID
    /// Whose it is.
    public let owner: SubjectID
    /// What it may do.
    public let scopes: Scopes
    /// Where it may be used from; empty for anywhere.
    public let addresses: [AddressRange]
    /// When it was made.
    public let createdAt: Timestamp
    /// The moment from which it is refused, if any.
    public let expiresAt: Timestamp?
    /// Whether it was revoked.
    public let isRevoked: Bool

    /// A record of those parts.
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

    /// Whether it may be used from `address`; `nil` is one that is not known.
    func isGood(from address: IPAddress?) -> Bool {
        addresses.isEmpty || address.map { addresses.contains($0) } ?? false
    }

    /// Where it stands at `now`.
    public func state(at now: Timestamp) -> Token.State {
        Token.State(isRevoked: isRevoked, expiresAt: expiresAt, at: now)
    }
}

extension Token {
    /// What a judgement needs of it.
    public var record: TokenRecord {
        TokenRecord(
            id: id, owner: owner, scopes: scopes, addresses: addresses, createdAt: createdAt,
            expiresAt: expiresAt, isRevoked: revocation != nil)
    }
}
