public import Tokens

/// A token as it lies in the ledger, lent for the time of one call: what a judgement needs of it.
public struct LoadedToken: ~Copyable, ~Escapable {
    /// Under what it is found.
    public let digest: TokenDigest
    /// Names the token.
    public let id: TokenID
    /// Whose it is.
    public let owner: SubjectID
    /// ``Tokens/Scopes/text``, in UTF-8.
    public let scopes: Span<UInt8>
    /// The ranges that it may be used from in CIDR form, separated by spaces.
    public let addresses: Span<UInt8>
    /// When it was made.
    public let createdAt: Timestamp
    /// The moment from which it is refused, if any.
    public let expiresAt: Timestamp?
    /// Whether it was revoked.
    public let isRevoked: Bool

    /// A row of those parts.
    @_lifetime(copy scopes, copy addresses)
    public init(
        digest: TokenDigest, id: TokenID, owner: SubjectID, scopes: Span<UInt8>, addresses: Span<UInt8>,
        createdAt: Timestamp, expiresAt: Timestamp?, isRevoked: Bool
    ) {
        self.digest = digest
        self.id = id
        self.owner = owner
        self.scopes = scopes
        self.addresses = addresses
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.isRevoked = isRevoked
    }
}
