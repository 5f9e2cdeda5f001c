public import Tokens

/// Receives everything that a ledger holds, at the start, while changes may already arrive.
///
/// The content is that of one moment. A ``Change`` that arrives before or while a record is read is newer than the
/// record, so a record never replaces what a change said.
public protocol LedgerReader: Sendable {
    /// Announces the number of tokens.
    func begin(tokens: Int)
    func read(_ subject: Subject)
    func read(_ policy: SignInPolicy?)
    /// Receives a token; its owner was read before. Throws ``LedgerError/failed(reason:)`` where its scopes or
    /// addresses are invalid.
    func read(_ token: borrowing LoadedToken) throws(LedgerError)
    /// Announces the end.
    func end()
}

/// A token while the ledger is loaded: the columns that the gate needs, borrowed from the database for one call.
public struct LoadedToken: ~Copyable, ~Escapable {
    public let digest: TokenDigest
    public let id: TokenID
    public let owner: SubjectID
    /// ``Tokens/Scopes/text`` in UTF-8.
    public let scopes: Span<UInt8>
    /// The allowed addresses in CIDR form, separated by spaces.
    public let addresses: Span<UInt8>
    public let createdAt: Timestamp
    /// The moment from which the token is refused.
    public let expiresAt: Timestamp?
    public let isRevoked: Bool

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

extension [AddressRange] {
    /// The ranges in CIDR form, separated by spaces.
    package var column: String { map(\.description).joined(separator: " ") }

    /// Reads what ``column`` writes; `nil` where a part of it is no range.
    package init?(column: String) {
        let parts = column.split(separator: " ")
        self = parts.compactMap { AddressRange(String($0)) }
        guard count == parts.count else { return nil }
    }
}
