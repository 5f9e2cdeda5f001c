internal import Memory
public import Tokens

extension TokenIndex {
    /// A token as ``TokenIndex/find(_:)`` read it. A plain value without references.
    public struct Entry: Hashable, Sendable {
        /// The token's number in this index: counted from 0 without gaps, and never changed.
        public let number: UInt32
        /// A version that grows whenever the owner or the sign-in policy changes.
        ///
        /// A result computed from ``TokenIndex/holder(of:)`` for this entry stays valid while entries of the
        /// token have the same version, except for the token's own ``isRevoked`` and ``expiresAt``, and for
        /// the passing of time, by which tokens become dormant.
        public let version: UInt64
        let words: PackedToken

        init(number: UInt32, version: UInt64, words: PackedToken) {
            self.number = number
            self.version = version
            self.words = words
        }

        public var id: TokenID { words.id }
        public var isRevoked: Bool { words.isRevoked }
        /// The moment from which the token is refused.
        public var expiresAt: Timestamp? { words.expiresAt }

        public func state(at now: Timestamp) -> Token.State {
            Token.State(isRevoked: isRevoked, expiresAt: expiresAt, at: now)
        }
    }
}

/// A token beside its digest, packed into four words. Each word that can change is stored atomically.
struct PackedToken: Hashable, Sendable {
    let words: Words

    /// The words: identifier and revocation; owner and permissions; expiry; creation.
    static let name = 0, holding = 1, end = 2, made = 3
    /// Identifiers are never negative, so the highest bit is free.
    private static let revoked: UInt64 = 1 << 63
    /// No expiry.
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
