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
        let words: PackedToken

        init(number: UInt32, version: UInt64, words: PackedToken) {
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
