public import Tokens

/// Which people, or which service accounts, to list, and in what order.
public struct SubjectQuery: Hashable, Sendable {
    public var kind: TokenQuery.OwnerKind
    /// Only those whose login, name or e-mail address contains this text (folded).
    public var search: String?
    /// Only those of whom this is true; those who were not removed where it is `nil`.
    public var state: SubjectState?
    public var order: SubjectOrder
    /// The cursor: only those that come after this one in ``order``.
    public var after: SubjectCursor?
    /// The most to return.
    public var limit: Int
    /// The moment at which tokens are counted.
    public var now: Timestamp
    /// Who last signed in at or before this moment is dormant; `nil` where nobody is.
    public var dormantSince: Timestamp?

    public init(
        _ kind: TokenQuery.OwnerKind, search: String? = nil, state: SubjectState? = nil,
        order: SubjectOrder = .login, after: SubjectCursor? = nil, limit: Int = 50, now: Timestamp,
        dormantSince: Timestamp? = nil
    ) {
        self.kind = kind
        self.search = search
        self.state = state
        self.order = order
        self.after = after
        self.limit = limit
        self.now = now
        self.dormantSince = dormantSince
    }
}

/// What a person or a service account may be. Several may be true of one at once.
public enum SubjectState: String, Hashable, Sendable, CaseIterable {
    /// None of those that keep its tokens from working, or will.
    case active
    /// An administrator suspended it.
    case suspended
    /// The identity provider deactivated it.
    case deactivated
    /// It has not signed in for as long as the policy demands.
    case dormant
    case administrator
    /// It has never signed in here.
    case neverSignedIn = "never-signed-in"
    /// A service account without an active steward.
    case unattended
    /// It was removed, by an administrator or by the identity provider.
    case removed

    /// Those that people may be in.
    public static let ofPeople: [Self] = [
        .active, .suspended, .deactivated, .dormant, .administrator, .neverSignedIn, .removed,
    ]
    /// Those that service accounts may be in.
    public static let ofAccounts: [Self] = [.active, .suspended, .unattended, .removed]
}

/// The order of a list of people or service accounts.
public enum SubjectOrder: String, Hashable, Sendable, CaseIterable {
    /// By login (folded).
    case login
    /// By name (folded), then in the order in which they were added.
    case name
    /// The latest sign-in first, and those who never signed in last.
    case lastSignIn = "last-sign-in"
}

/// A person or a service account with what lists show beside it.
public struct ListedSubject: Hashable, Sendable {
    public let subject: Subject
    public let lastSignIn: LastSignIn?
    /// The number of its tokens that are active or paused.
    public let tokens: Int
    /// The latest use of one of them; `nil` where none was used.
    public let lastUse: Use?
    /// The text by which lists are ordered by login: the folded login, and more where others have the same.
    private let loginKey: String

    public init(
        subject: Subject, loginKey: String? = nil, lastSignIn: LastSignIn?, tokens: Int, lastUse: Use?
    ) {
        self.subject = subject
        self.loginKey = loginKey ?? subject.login.folded
        self.lastSignIn = lastSignIn
        self.tokens = tokens
        self.lastUse = lastUse
    }

    /// The cursor for what comes after it in a list of this order.
    public func cursor(in order: SubjectOrder) -> SubjectCursor {
        let key: CursorKey =
            switch order {
            case .login: .text(loginKey)
            case .name: .text(subject.name.folded)
            case .lastSignIn: lastSignIn.map { .number($0.at.milliseconds) } ?? .none
            }
        return SubjectCursor(subject.id, key)
    }
}

/// When and from where somebody last signed in, in any way. Only ``Tokens/Subject/lastSignInAt``, which a sign-in
/// through the identity provider moves, decides whether tokens are dormant.
public struct LastSignIn: Hashable, Sendable {
    public let at: Timestamp
    /// The browser's address; empty where it is not known.
    public let address: String

    public init(at: Timestamp, address: String) {
        self.at = at
        self.address = address
    }
}

/// How a person signs in.
public struct SignInWays: Hashable, Sendable {
    public let last: LastSignIn?
    /// Their identities at identity providers.
    public let identities: [Identity]
    public let hasPassword: Bool
    /// Whether an identity provider provisioned them (SCIM).
    public let isProvisioned: Bool
    /// When their identities were released; `nil` where they were not, or where one was joined since.
    public let releasedAt: Timestamp?

    public init(
        last: LastSignIn? = nil, identities: [Identity] = [], hasPassword: Bool = false,
        isProvisioned: Bool = false, releasedAt: Timestamp? = nil
    ) {
        self.last = last
        self.identities = identities
        self.hasPassword = hasPassword
        self.isProvisioned = isProvisioned
        self.releasedAt = releasedAt
    }
}

/// What a person is called.
public struct PersonNaming: Hashable, Sendable {
    public var login: Login
    public var name: PersonName
    public var email: EmailAddress?

    public init(login: Login, name: PersonName, email: EmailAddress?) {
        self.login = login
        self.name = name
        self.email = email
    }
}
