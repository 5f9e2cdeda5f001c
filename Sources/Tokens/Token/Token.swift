/// Identifies a token, and stays when its secret is rotated. It is not a secret.
public typealias TokenID = Identifier<Token>

/// Identifies one of a token's secrets. That of an earlier secret is an alias of the token's identifier.
public typealias SecretID = Identifier<TokenSecret>

/// A token as the ledger keeps it: one lasting thing, whose secret can be rotated. It is everything but the secret.
public struct Token: Hashable, Sendable {
    /// When, by whom and why a token was revoked.
    public struct Revocation: Hashable, Sendable {
        /// Why a token was revoked.
        public enum Reason: String, Hashable, Sendable, CaseIterable {
            /// Its owner revoked it.
            case byOwner = "by_owner"
            /// An administrator revoked it.
            case byAdministrator = "by_administrator"
            /// It revoked itself (RFC 7009).
            case byItself = "by_itself"
            /// A service revoked it, at which it was presented (RFC 7009).
            case byService = "by_service"
            /// The token was rotated, and this was its secret before.
            case rotated = "regenerated"
            /// Somebody tried to rotate it with a secret that had ended.
            case reused
            /// Its parent was revoked.
            case withParent = "with_parent"
            /// Its owner's account was deleted at the identity provider.
            case accountEnded = "account_ended"
            /// Its owner's identity provider sent a signal that revokes, as the operator configured.
            case bySignal = "by_signal"
            /// Nobody used it for as long as the operator's rules allow.
            case idle
            /// Its secret was found where it must not be.
            case leaked
        }

        public let at: Timestamp
        /// Who revoked it; `nil` for the command line, and for a service.
        public let by: SubjectID?
        public let reason: Reason

        public init(at: Timestamp, by: SubjectID?, reason: Reason) {
            self.at = at
            self.by = by
            self.reason = reason
        }
    }

    public let id: TokenID
    /// The current secret.
    public var secret: SecretID
    public let owner: SubjectID
    public var name: TokenName
    /// What it is for, in its owner's words; empty for none.
    public var description: String
    public var scopes: Scopes
    /// The addresses that it may be used from; empty for any.
    public var addresses: [AddressRange]
    public let createdAt: Timestamp
    public let origin: Origin
    /// The moment from which it is refused; `nil` for no expiry.
    public var expiresAt: Timestamp?
    /// When the expiry was set, from which rotating measures the lifetime that it renews.
    public var expirySetAt: Timestamp
    /// When the current secret took the place of the previous one; `nil` where it is the first.
    public var rotatedAt: Timestamp?
    public var pauses: [Pause]
    /// When it was last resumed after it was paused because nobody used it.
    public var resumedAt: Timestamp?
    /// Who knows the current secret from the time before the token was handed over; `nil` for nobody.
    public var handOver: HandOver?
    public var revocation: Revocation?
    /// The exchanged token that replaced this one, which a program got when it asked again.
    public var successor: TokenID?

    /// A token with its first secret, unless `secret` is given.
    public init(
        id: TokenID, secret: SecretID? = nil, owner: SubjectID, name: TokenName, description: String = "",
        scopes: Scopes, addresses: [AddressRange] = [], createdAt: Timestamp, origin: Origin,
        expiresAt: Timestamp? = nil, expirySetAt: Timestamp? = nil, rotatedAt: Timestamp? = nil,
        pauses: [Pause] = [], resumedAt: Timestamp? = nil, handOver: HandOver? = nil,
        revocation: Revocation? = nil,
        successor: TokenID? = nil
    ) {
        self.id = id
        self.secret = secret ?? id.firstSecret
        self.owner = owner
        self.name = name
        self.description = description
        self.scopes = scopes
        self.addresses = addresses
        self.createdAt = createdAt
        self.origin = origin
        self.expiresAt = expiresAt
        self.expirySetAt = expirySetAt ?? createdAt
        self.rotatedAt = rotatedAt
        self.pauses = pauses
        self.resumedAt = resumedAt
        self.handOver = handOver
        self.revocation = revocation
        self.successor = successor
    }

    /// The exchange that it came from, if any.
    public var exchange: Exchange? {
        if case .exchange(let exchange) = origin { exchange } else { nil }
    }

    /// Whether it was created to last, under a name of its own: not got in exchange for another, nor for the identity of a job
    /// or an assertion of the identity provider. Only such a token can be edited, rotated, handed over and exchanged.
    public var isLasting: Bool {
        switch origin {
        case .exchange, .job, .assertion: false
        case .desk, .token, .commandLine, .client: true
        }
    }

    /// The state of a token at a moment.
    public enum State: String, Hashable, Sendable, CaseIterable {
        case active = "live"
        /// Refused for a while.
        case paused
        case expired
        case revoked

        /// The states in which a token works, or will work again by itself.
        public static let working: Set<State> = [.active, .paused]

        /// The state at `now` of a token that was revoked, or expires at `expiresAt`, or is paused.
        public init(isRevoked: Bool, expiresAt: Timestamp?, pauses: [Pause] = [], at now: Timestamp) {
            if isRevoked {
                self = .revoked
            } else if let expiresAt, expiresAt <= now {
                self = .expired
            } else if pauses.longest(at: now) != nil {
                self = .paused
            } else {
                self = .active
            }
        }
    }

    /// The most address ranges that a token can be bound to.
    public static let addressLimit = 20

    /// The state at `now`.
    public func state(at now: Timestamp) -> State {
        State(isRevoked: revocation != nil, expiresAt: expiresAt, pauses: pauses, at: now)
    }

    /// Whether it works at `now`, or will work again by itself.
    public func isWorking(at now: Timestamp) -> Bool { State.working.contains(state(at: now)) }

    /// When the current secret was made.
    public var secretCreatedAt: Timestamp { rotatedAt ?? createdAt }
}

extension TokenID {
    /// The first secret of this token, which has the same number.
    public var firstSecret: SecretID { SecretID(number: number) }
}

extension SecretID {
    /// This secret's identifier as an alias of its token's.
    public var alias: TokenID { TokenID(number: number) }
}

/// A token's name, by which its owner finds it again: 1 to 100 characters, unique among the owner's active
/// tokens without regard to case.
public struct TokenName: Hashable, Sendable, CustomStringConvertible {
    /// The name as shown, without spaces around it.
    public let text: String

    /// The most characters a name has.
    public static let limit = 100

    /// Throws what is wrong with `text` as a name.
    public init(_ text: String) throws(TextFault) {
        self.text = try text.shown(limit: Self.limit)
    }

    public var description: String { text }

    /// Whether both fold to the same text, see ``Swift/String/folded``.
    public func isSame(as other: TokenName) -> Bool { text.folded.isExactly(other.text.folded) }
}

extension Token {
    /// The most characters of a ``description``.
    public static let descriptionLimit = 500

    /// `text` as a ``description``: without spaces around it, empty for none. Throws what is wrong with it.
    public static func description(from text: String) throws(TextFault) -> String {
        if text.unicodeScalars.allSatisfy({ $0.properties.isWhitespace && $0.value >= 0x20 }) { return "" }
        return try text.shown(limit: descriptionLimit)
    }
}
