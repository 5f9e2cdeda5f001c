internal import Memory
public import Tokens

extension TokenIndex {
    /// A token as ``TokenIndex/find(_:)`` read it. A plain value without references.
    public struct Entry: Hashable, Sendable, BitwiseCopyable {
        let words: PackedToken
        /// A version that grows whenever the owner or the sign-in policy changes.
        ///
        /// A result computed from ``TokenIndex/holder(of:)`` for this entry stays valid while entries of the
        /// token have the same version, except for the token's own ``isRevoked`` and ``expiresAt``, and for
        /// the passing of time, by which tokens become dormant.
        public let version: UInt64
        /// The token's number in this index: counted from 0 without gaps, and never changed.
        public let number: UInt32

        init(number: UInt32, version: UInt64, words: PackedToken) {
            self.number = number
            self.version = version
            self.words = words
        }

        /// The secret that was found.
        public var secret: SecretID { words.secret }
        public var isRevoked: Bool { words.isRevoked }
        /// Whether the token has pauses, which may have ended.
        public var isPaused: Bool { words.isPaused }
        /// Whether the token was handed over with this secret, so that another subject than its owner decides, too.
        public var isHandedOver: Bool { words.isHandedOver }
        /// Whether an agent acts with the token on behalf of its owner, so that the agent decides, too.
        public var isDelegated: Bool { words.isDelegated }
        /// The moment from which the secret is refused.
        public var expiresAt: Timestamp? { words.expiresAt }
    }
}

/// A token's secret beside its digest, packed into four words. Each word that can change is stored atomically.
struct PackedToken: Hashable, Sendable, BitwiseCopyable {
    let words: Words

    /// The words: secret and revocation; owner and permissions; expiry; creation and flags.
    static let identity = 0, assignment = 1, expiry = 2, creation = 3
    /// Identifiers are never negative, so the highest bit is free.
    private static let revoked: UInt64 = 1 << 63
    /// No expiry.
    private static let never = UInt64(bitPattern: .max)
    /// The flags beside the creation, which needs 48 bits until the year 10889.
    private static let previous: UInt64 = 1 << 63, renamed: UInt64 = 1 << 62, paused: UInt64 = 1 << 61
    private static let handedOver: UInt64 = 1 << 60, ofJob: UInt64 = 1 << 59
    private static let delegated: UInt64 = 1 << 58
    private static let time: UInt64 = 1 << 48 - 1

    init(_ words: Words) {
        self.words = words
    }

    init(
        secret: SecretID, of token: TokenID, isPrevious: Bool, isPaused: Bool, isHandedOver: Bool,
        isOfJob: Bool, isDelegated: Bool, isRevoked: Bool, owner: UInt32, permissions: UInt32,
        expiresAt: Timestamp?,
        createdAt: Timestamp
    ) {
        let created = UInt64(max(0, createdAt.milliseconds)) & Self.time
        words = Words(
            UInt64(bitPattern: secret.number) | (isRevoked ? Self.revoked : 0),
            Self.assignment(owner: owner, permissions: permissions),
            expiresAt.map { UInt64(bitPattern: $0.milliseconds) } ?? Self.never,
            created | (isPrevious ? Self.previous : 0) | (token == secret.alias ? 0 : Self.renamed)
                | (isPaused ? Self.paused : 0) | (isHandedOver ? Self.handedOver : 0)
                | (isOfJob ? Self.ofJob : 0) | (isDelegated ? Self.delegated : 0))
    }

    init(_ record: TokenRecord, owner: UInt32, permissions: UInt32) {
        self.init(
            secret: record.secret, of: record.id, isPrevious: record.isPrevious,
            isPaused: !record.pauses.isEmpty, isHandedOver: record.handOver != nil, isOfJob: record.isOfJob,
            isDelegated: !record.actors.isEmpty, isRevoked: record.isRevoked, owner: owner,
            permissions: permissions, expiresAt: record.expiresAt,
            createdAt: record.createdAt)
    }

    /// The word of owner and permissions.
    static func assignment(owner: UInt32, permissions: UInt32) -> UInt64 {
        UInt64(owner) << 32 | UInt64(permissions)
    }

    var secret: SecretID { SecretID(number: Int64(words[Self.identity] & ~Self.revoked)) }
    var isRevoked: Bool { words[Self.identity] & Self.revoked != 0 }
    var assignment: UInt64 { words[Self.assignment] }
    var owner: UInt32 { UInt32(truncatingIfNeeded: assignment >> 32) }
    var permissions: UInt32 { UInt32(truncatingIfNeeded: assignment) }
    var expiresAt: Timestamp? {
        words[Self.expiry] == Self.never
            ? nil : Timestamp(milliseconds: Int64(bitPattern: words[Self.expiry]))
    }
    var createdAt: Timestamp { Timestamp(milliseconds: Int64(words[Self.creation] & Self.time)) }
    /// Whether another secret took its place.
    var isPrevious: Bool { words[Self.creation] & Self.previous != 0 }
    /// Whether the token's identifier is another number than the secret's, or the token has pauses, was handed
    /// over, or is an agent's.
    var hasDetails: Bool {
        words[Self.creation] & (Self.renamed | Self.paused | Self.handedOver | Self.delegated) != 0
    }
    var isPaused: Bool { words[Self.creation] & Self.paused != 0 }
    var isOfJob: Bool { words[Self.creation] & Self.ofJob != 0 }
    var isDelegated: Bool { words[Self.creation] & Self.delegated != 0 }
    var isHandedOver: Bool { words[Self.creation] & Self.handedOver != 0 }
}
