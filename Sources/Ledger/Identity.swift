public import Tokens

/// A person's identity at an identity provider: its issuer and its name for the person (`iss` and `sub`,
/// OpenID Connect Core 1.0, section 5.7). It stays when a login changes, and never passes to another person.
public struct Identity: Hashable, Sendable {
    public let issuer: String
    /// The subject identifier (`sub`).
    public let name: String

    public init(issuer: String, name: String) {
        self.issuer = issuer
        self.name = name
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.issuer.isExactly(right.issuer) && left.name.isExactly(right.name)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(ExactText(name)) }
}

/// What an identity provider asserts of a subject at a sign-in.
public struct Profile: Hashable, Sendable {
    public var login: Login
    /// The display name.
    public var name: String
    public var email: String?
    public var groups: [String]
    /// Whether the subject is an administrator; `nil` where the provider does not decide that.
    public var isAdministrator: Bool?

    public init(login: Login, name: String, email: String?, groups: [String], isAdministrator: Bool?) {
        self.login = login
        self.name = name
        self.email = email
        self.groups = groups
        self.isAdministrator = isAdministrator
    }

    /// The profile that a subject has now.
    public init(_ subject: Subject) {
        self.init(
            login: subject.login, name: subject.name, email: subject.email, groups: subject.groups,
            isAdministrator: subject.isAdministrator)
    }

    /// Compares texts byte by byte, so that a login in another case is a change.
    public static func == (left: Self, right: Self) -> Bool {
        left.texts == right.texts && left.isAdministrator == right.isAdministrator
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(texts) }

    private var texts: [ExactText?] {
        ([login.text, name, email] + groups).map { $0.map(ExactText.init) }
    }
}
