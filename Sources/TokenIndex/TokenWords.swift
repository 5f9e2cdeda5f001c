internal import Memory
public import Tokens

extension TokenIndex {
    /// A token as it was found. It holds no reference to anything.
    public struct Entry: Hashable, Sendable {
        /// The same for this token alone, as long as the index stands; from 0 on without gaps.
        public let number: UInt32
        /// What changes whenever the owner or the demand to sign in does, and never comes back.
        ///
        /// Whatever is made of ``TokenIndex/holder(of:)`` for this entry is right for as long as this token's
        /// entries have this version, but for the token's own ``isRevoked`` and ``expiresAt``, and for the
        /// time, to which tokens fall asleep.
        public let version: UInt64
        let words: TokenWords

        init(number: UInt32, version: UInt64, words: TokenWords) {
            self.number = number
            self.version = version
            self.words = words
        }

        /// Names the token.
        public var id: TokenID { words.id }
        /// Whether it was revoked.
        public var isRevoked: Bool { words.isRevoked }
        /// The moment from which it is refused, if any.
        public var expiresAt: Timestamp? { words.expiresAt }

        /// Where it stands at `now`.
        public func state(at now: Timestamp) -> Token.State {
            Token.State(isRevoked: isRevoked, expiresAt: expiresAt, at: now)
        }
    }
}

/// What is kept of a token beside its digest, in four words. Each of those that change does so at once.
struct TokenWords: Hashable, Sendable {
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
        id: TokenID, isRevoked: Bool, owner: UInt32, terms: UInt32, expiresAt: Timestamp?,
        createdAt: Timestamp
    ) {
        words = Words(
            UInt64(bitPattern: id.number) | (isRevoked ? Self.revoked : 0),
            UInt64(owner) << 32 | UInt64(terms),
            expiresAt.map { UInt64(bitPattern: $0.milliseconds) } ?? Self.never,
            UInt64(bitPattern: createdAt.milliseconds))
    }

    var id: TokenID { TokenID(number: Int64(words[Self.name] & ~Self.revoked)) }
    var isRevoked: Bool { words[Self.name] & Self.revoked != 0 }
    var holding: UInt64 { words[Self.holding] }
    var owner: UInt32 { UInt32(truncatingIfNeeded: holding >> 32) }
    var terms: UInt32 { UInt32(truncatingIfNeeded: holding) }
    var expiresAt: Timestamp? {
        words[Self.end] == Self.never ? nil : Timestamp(milliseconds: Int64(bitPattern: words[Self.end]))
    }
    var createdAt: Timestamp { Timestamp(milliseconds: Int64(bitPattern: words[Self.made])) }
}
