/// Identifies a token. It is not a secret.
public typealias TokenID = Identifier<Token>

/// A token as the ledger keeps it: everything but the secret.
public struct Token: Hashable, Sendable {
    /// How a token was created.
    public enum Origin: Hashable, Sendable {
        /// By its owner in the browser.
        case desk
        /// Through the API, with another token.
        case token(TokenID)
        /// By the command line.
        case commandLine
        /// By a program that exchanged another token for one of its own.
        case exchange(Exchange)
    }

    /// The exchange in which a program got a token of its own. It can do no more than its parent, and is
    /// revoked with it.
    public struct Exchange: Hashable, Sendable {
        /// The token that was exchanged.
        public let parent: TokenID
        /// The device that the program runs on, as it says itself.
        public let device: TokenName

        public init(parent: TokenID, device: TokenName) {
            self.parent = parent
            self.device = device
        }
    }

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
            /// A new token took its place.
            case regenerated
            /// Its parent was revoked.
            case withParent = "with_parent"
            /// Its owner's account was deleted at the identity provider.
            case accountEnded = "account_ended"
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
    public let owner: SubjectID
    public let name: TokenName
    public let scopes: Scopes
    /// The addresses that it may be used from; empty for any.
    public let addresses: [AddressRange]
    public let createdAt: Timestamp
    public let origin: Origin
    /// The moment from which it is refused; `nil` for no expiry.
    public var expiresAt: Timestamp?
    public var revocation: Revocation?
    /// The token that replaced it, if it was regenerated.
    public var successor: TokenID?

    public init(
        id: TokenID, owner: SubjectID, name: TokenName, scopes: Scopes, addresses: [AddressRange] = [],
        createdAt: Timestamp, origin: Origin, expiresAt: Timestamp? = nil, revocation: Revocation? = nil,
        successor: TokenID? = nil
    ) {
        self.id = id
        self.owner = owner
        self.name = name
        self.scopes = scopes
        self.addresses = addresses
        self.createdAt = createdAt
        self.origin = origin
        self.expiresAt = expiresAt
        self.revocation = revocation
        self.successor = successor
    }

    /// The exchange that it came from, if any.
    public var exchange: Exchange? {
        if case .exchange(let exchange) = origin { exchange } else { nil }
    }

    /// The state of a token at a moment.
    public enum State: String, Hashable, Sendable, CaseIterable {
        case active = "live"
        case expired
        case revoked

        /// The state at `now` of a token that was revoked, or expires at `expiresAt`.
        public init(isRevoked: Bool, expiresAt: Timestamp?, at now: Timestamp) {
            if isRevoked {
                self = .revoked
            } else if let expiresAt, expiresAt <= now {
                self = .expired
            } else {
                self = .active
            }
        }
    }

    /// The most address ranges that a token can be bound to.
    public static let addressLimit = 20

    /// The state at `now`.
    public func state(at now: Timestamp) -> State {
        State(isRevoked: revocation != nil, expiresAt: expiresAt, at: now)
    }
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
