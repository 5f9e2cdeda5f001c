/// Identifies a subject.
public typealias SubjectID = Identifier<Subject>

/// Who a token belongs to: a person.
public struct Subject: Hashable, Sendable {
    /// Names this subject for good; logins may change.
    public let id: SubjectID
    /// Its name in Basic auth.
    public var login: Login
    /// What people call it.
    public var name: String
    /// Also taken in place of the login.
    public var email: String?
    /// The groups it is in, as services are told.
    public var groups: [String]
    /// Whether it may see and end what belongs to others.
    public var isAdministrator: Bool
    /// Since when an administrator has all its tokens and sessions refused, if so.
    public var suspendedAt: Timestamp?
    /// When it was added.
    public let createdAt: Timestamp
    /// Whether it may sign in with a password where an identity provider signs in everybody else.
    public var isBreakGlass: Bool
    /// When it last signed in through an identity provider; for who was added as one of the provider's
    /// people and has not come yet, when that was. `nil` for an account of the desk's own.
    public var lastSignInAt: Timestamp?
    /// Since when its identity provider has all its tokens and sessions refused, if so. An administrator
    /// and the provider each lift only what they imposed themselves.
    public var deactivatedAt: Timestamp?
    /// Since when the account is over for good, if it is. Its login may be somebody else's since.
    public var endedAt: Timestamp?

    /// A subject as the ledger holds it.
    public init(
        id: SubjectID, login: Login, name: String? = nil, email: String? = nil, groups: [String] = [],
        isAdministrator: Bool = false, suspendedAt: Timestamp? = nil, createdAt: Timestamp,
        isBreakGlass: Bool = false, lastSignInAt: Timestamp? = nil, deactivatedAt: Timestamp? = nil,
        endedAt: Timestamp? = nil
    ) {
        self.id = id
        self.login = login
        self.name = name ?? PersonName(standingFor: login).text
        self.email = email
        self.groups = groups
        self.isAdministrator = isAdministrator
        self.suspendedAt = suspendedAt
        self.createdAt = createdAt
        self.isBreakGlass = isBreakGlass
        self.lastSignInAt = lastSignInAt
        self.deactivatedAt = deactivatedAt
        self.endedAt = endedAt
    }

    /// Whether all its tokens and sessions are refused, for whichever reason.
    public var isSuspended: Bool { suspendedAt != nil || deactivatedAt != nil || endedAt != nil }
}
