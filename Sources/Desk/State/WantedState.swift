public import Tokens

/// A state that somebody keeps in files, and wants the desk to have. What is `nil` or not named is left alone.
///
/// ```yaml
/// accounts:
///   bot-ci:
///     purpose: Nightly builds
///     owners: [build-team]
///     tokens:
///       nightly: { scopes: [maven:read], expires: 2027-12-31 }
/// groups:
///   build-team: [alice, bob]
/// prune: { tokens: true }
/// ```
public struct WantedState: Hashable, Sendable {
    /// What can be pruned: that of it which is not named ends.
    public enum Kind: String, CaseIterable, Sendable {
        /// Service accounts, which are suspended.
        case accounts
        /// Tokens of the accounts that name any, which are revoked.
        case tokens
        /// Memberships of local people, which are removed.
        case groups
    }

    public var accounts: [Account] = []
    public var groups: [Group] = []
    public var prunes: Set<Kind> = []

    public init() {}

    /// A service account.
    public struct Account: Hashable, Sendable {
        public var login: String
        public var title: String?
        public var purpose: String?
        public var owners: [String]?
        public var stewards: [String]?
        public var groups: [String]?
        public var services: [String]?
        public var addresses: [String]?
        public var review: Review?
        public var isSuspended: Bool?
        /// `nil` where none are named, which is not the same as naming that there is none.
        public var tokens: [WantedState.Token]?

        public init(login: String) {
            self.login = login
        }

        /// Changes `draft` to what is wanted.
        func apply(to draft: inout AccountDraft) {
            if let title { draft.title = title }
            if let purpose { draft.purpose = purpose }
            if let owners { draft.owners = owners }
            if let stewards { draft.stewards = stewards }
            if let groups { draft.groups = groups }
            if let services { draft.services = services }
            if let addresses { draft.addresses = addresses }
            switch review {
            case .on(let day): draft.reviewOn = day
            case .some(.none): draft.reviewOn = nil
            case nil: break
            }
        }
    }

    /// When somebody has to look whether an account is still needed.
    public enum Review: Hashable, Sendable {
        case none
        case on(Timestamp)
    }

    /// The shape of a token, without its secret.
    public struct Token: Hashable, Sendable {
        public var name: String
        /// Empty for every service.
        public var scopes: [String]
        public var addresses: [String]?
        public var expiry: TokenEdit.Expiry?

        public init(
            name: String, scopes: [String], addresses: [String]? = nil, expiry: TokenEdit.Expiry? = nil
        ) {
            self.name = name
            self.scopes = scopes
            self.addresses = addresses
            self.expiry = expiry
        }
    }

    /// A group of local people.
    public struct Group: Hashable, Sendable {
        public var name: String
        /// Logins.
        public var members: [String]

        public init(name: String, members: [String]) {
            self.name = name
            self.members = members
        }
    }
}
