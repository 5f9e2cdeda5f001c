public import Tokens

/// Who somebody is to an identity provider: its issuer and what it calls them (`iss` and `sub` of OpenID
/// Connect Core 1.0, section 5.7). It stays when a login changes, and is never given to another.
public struct Identity: Hashable, Sendable {
    /// The provider.
    public let issuer: String
    /// What the provider calls them.
    public let name: String

    /// An identity of those parts.
    public init(issuer: String, name: String) {
        self.issuer = issuer
        self.name = name
    }
}

/// What an identity provider says of a subject.
public struct Profile: Hashable, Sendable {
    /// The login.
    public var login: Login
    /// What people call it.
    public var name: String
    /// The e-mail address.
    public var email: String?
    /// The groups it is in.
    public var groups: [String]
    /// Whether it may see and end what belongs to others.
    public var isAdministrator: Bool

    /// A profile of those parts.
    public init(login: Login, name: String, email: String?, groups: [String], isAdministrator: Bool) {
        self.login = login
        self.name = name
        self.email = email
        self.groups = groups
        self.isAdministrator = isAdministrator
    }

    /// What is said of a subject now.
    public init(_ subject: Subject) {
        self.init(
            login: subject.login, name: subject.name, email: subject.email, groups: subject.groups,
            isAdministrator: subject.isAdministrator)
    }

    /// Logins that differ in case alone are the same, and yet a change.
    public static func == (left: Self, right: Self) -> Bool {
        left.login.text == right.login.text && left.name == right.name && left.email == right.email
            && left.groups == right.groups && left.isAdministrator == right.isAdministrator
    }
}
