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
    /// Since when all its tokens and sessions are refused, if they are.
    public var suspendedAt: Timestamp?
    /// When it was added.
    public let createdAt: Timestamp
    /// Whether it may sign in with a password where an identity provider signs in everybody else.
    public var isBreakGlass: Bool

    /// A subject as the ledger holds it.
    public init(
        id: SubjectID, login: Login, name: String? = nil, email: String? = nil, groups: [String] = [],
        isAdministrator: Bool = false, suspendedAt: Timestamp? = nil, createdAt: Timestamp,
        isBreakGlass: Bool = false
    ) {
        self.id = id
        self.login = login
        self.name = name ?? login.text
        self.email = email
        self.groups = groups
        self.isAdministrator = isAdministrator
        self.suspendedAt = suspendedAt
        self.createdAt = createdAt
        self.isBreakGlass = isBreakGlass
    }

    /// Whether all its tokens and sessions are refused.
    public var isSuspended: Bool { suspendedAt != nil }
}
