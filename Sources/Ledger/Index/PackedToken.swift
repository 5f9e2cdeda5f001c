internal import Memory
internal import Tokens

/// What is kept of a token beside its digest, in four words. Each of those that change does so at once.
struct PackedToken: Hashable, Sendable {
    let words: Words

    /// Places of words: identifier and revocation; owner and terms; expiry. The last is when it was made.
    static let name = 0, holding = 1, end = 2, made = 3
    /// Identifiers are never negative, so that this bit is free.
    private static let revoked: UInt64 = 1 << 63
    /// Stands for no expiry.
    private static let never = UInt64(bitPattern: .max)

    init(_ words: Words) {
        self.words = words
    }

    init(
        id: TokenID, isRevoked: Bool, owner: UInt32, permissions: UInt32, expiresAt: Timestamp?,
        createdAt: Timestamp
    ) {
        words = Words(
            UInt64(bitPattern: id.number) | (isRevoked ? Self.revoked : 0),
            UInt64(owner) << 32 | UInt64(permissions),
            expiresAt.map { UInt64(bitPattern: $0.milliseconds) } ?? Self.never,
            UInt64(bitPattern: createdAt.milliseconds))
    }

    var id: TokenID { TokenID(number: Int64(words[Self.name] & ~Self.revoked)) }
    var isRevoked: Bool { words[Self.name] & Self.revoked != 0 }
    var holding: UInt64 { words[Self.holding] }
    var owner: UInt32 { UInt32(truncatingIfNeeded: holding >> 32) }
    var permissions: UInt32 { UInt32(truncatingIfNeeded: holding) }
    var expiresAt: Timestamp? {
        words[Self.end] == Self.never ? nil : Timestamp(milliseconds: Int64(bitPattern: words[Self.end]))
    }
    var createdAt: Timestamp { Timestamp(milliseconds: Int64(bitPattern: words[Self.made])) }
}
