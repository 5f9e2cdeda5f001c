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

    public static func == (left: Self, right: Self) -> Bool {
        left.issuer.isExactly(right.issuer) && left.name.isExactly(right.name)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(ExactText(name)) }
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
    /// Whether it may see and end what belongs to others; `nil` where that is not the provider's affair.
    public var isAdministrator: Bool?

    /// A profile of those parts.
    public init(login: Login, name: String, email: String?, groups: [String], isAdministrator: Bool?) {
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

    /// Texts that differ in a byte are a change, such as a login in another case.
    public static func == (left: Self, right: Self) -> Bool {
        left.texts == right.texts && left.isAdministrator == right.isAdministrator
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(texts) }

    private var texts: [ExactText?] {
        ([login.text, name, email] + groups).map { $0.map(ExactText.init) }
    }
}
