/// Identifies a token; it is no secret.
public typealias TokenID = Identifier<Token>

/// A token as the ledger keeps it: everything but the secret.
public struct Token: Hashable, Sendable {
    /// How a token came to be.
    public enum Origin: Hashable, Sendable {
        /// By its owner in the browser.
        case desk
        /// Through the API, with another token.
        case token(TokenID)
        /// On the machine itself.
        case commandLine
        /// By a program, which was handed another token and asked for one of its own.
        case exchange(Exchange)
    }

    /// For what a program got a token of its own. It can do no more than the token it was traded for,
    /// and ends with it.
    public struct Exchange: Hashable, Sendable {
        /// The token that was handed over.
        public let parent: TokenID
        /// On which device the program runs, as it says itself.
        public let device: TokenName

        /// A trade for `parent` by a program on `device`.
        public init(parent: TokenID, device: TokenName) {
            self.parent = parent
            self.device = device
        }
    }

    /// The end of a token before its time.
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
            /// A new secret took its place.
            case regenerated
            /// The token that it was traded for ended.
            case withParent = "with_parent"
            /// Its owner's account ended at the identity provider.
            case accountEnded = "account_ended"
        }

        /// From when on it is refused.
        public let at: Timestamp
        /// Who revoked it; `nil` for the machine's own command line, and for who is no subject.
        public let by: SubjectID?
        /// Why.
        public let reason: Reason

        /// A revocation as the ledger keeps it.
        public init(at: Timestamp, by: SubjectID?, reason: Reason) {
            self.at = at
            self.by = by
            self.reason = reason
        }
    }

    /// Names the token.
    public let id: TokenID
    /// Whose it is.
    public let owner: SubjectID
    /// What its owner calls it.
    public let name: TokenName
    /// What it may do.
    public let scopes: Scopes
    /// Where it may be used from; empty for anywhere.
    public let addresses: [AddressRange]
    /// When it was made.
    public let createdAt: Timestamp
    /// Through what it was made.
    public let origin: Origin
    /// The moment from which it is refused, if any.
    public var expiresAt: Timestamp?
    /// Its end, if it was revoked.
    public var revocation: Revocation?
    /// The token that took its place, if it was regenerated.
    public var successor: TokenID?

    /// A token as the ledger keeps it.
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

    /// The trade that it came of, if it did.
    public var exchange: Exchange? {
        if case .exchange(let exchange) = origin { exchange } else { nil }
    }

    /// Where a token stands at a moment.
    public enum State: String, Hashable, Sendable, CaseIterable {
        case active = "live"
        case expired
        case revoked

        /// Where one stands at `now` that was revoked, or ends at `expiresAt`.
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

    /// The most address ranges that a token is bound to.
    public static let addressLimit = 20

    /// Where it stands at `now`.
    public func state(at now: Timestamp) -> State {
        State(isRevoked: revocation != nil, expiresAt: expiresAt, at: now)
    }
}
