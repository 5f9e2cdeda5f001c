/// Identifies a subject.
public typealias SubjectID = Identifier<Subject>

/// Who a token belongs to: a person, or a service account.
public struct Subject: Hashable, Sendable {
    /// Stays the same for good; the login may change.
    public let id: SubjectID
    /// The name in Basic auth.
    public var login: Login
    /// The display name.
    public var name: String
    /// Also accepted in place of the login.
    public var email: String?
    /// The groups, as they are sent to services.
    public var groups: [String]
    /// Whether it may see and revoke other people's tokens.
    public var isAdministrator: Bool
    /// When an administrator suspended it. Its tokens and sessions are refused since.
    public var suspendedAt: Timestamp?
    public let createdAt: Timestamp
    /// Whether it may sign in with a password although an identity provider signs in everybody else.
    public var isBreakGlass: Bool
    /// When it last signed in through an identity provider, or was provisioned if it never did; `nil` for an
    /// account of the desk's own.
    public var lastSignInAt: Timestamp?
    /// When its identity provider deactivated it. Its tokens and sessions are refused since. Administrator
    /// and provider each lift only what they imposed themselves.
    public var deactivatedAt: Timestamp?
    /// When its identity provider asked that it signs in again. Its tokens are dormant until its next sign-in.
    public var mustSignInSince: Timestamp?
    /// When the account was deleted for good. Its login may have become somebody else's since.
    public var endedAt: Timestamp?
    private var boxedAccount: Boxed<ServiceAccount>?

    public init(
        id: SubjectID, login: Login, name: String? = nil, email: String? = nil, groups: [String] = [],
        isAdministrator: Bool = false, suspendedAt: Timestamp? = nil, createdAt: Timestamp,
        isBreakGlass: Bool = false, lastSignInAt: Timestamp? = nil, deactivatedAt: Timestamp? = nil,
        endedAt: Timestamp? = nil, mustSignInSince: Timestamp? = nil, account: ServiceAccount? = nil
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
        self.mustSignInSince = mustSignInSince
        boxedAccount = account.map(Boxed.value)
    }

    /// What makes it a service account; `nil` for a person.
    public var account: ServiceAccount? {
        get { boxedAccount?.value }
        set { boxedAccount = newValue.map(Boxed.value) }
    }

    /// Whether it is a person, and no service account.
    public var isPerson: Bool { boxedAccount == nil }

    /// What services and scripts are told of a service account's kind.
    public static let accountKind = "service-account"

    /// What a removed person is called once their own login and name are erased.
    public static func removedLogin(_ id: SubjectID) -> String { "removed person \(id)" }

    /// Whether all its tokens and sessions are refused, for any reason.
    public var isSuspended: Bool { suspendedAt != nil || deactivatedAt != nil || endedAt != nil }
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

/// A person's display name: 1 to 100 characters.
public struct PersonName: Hashable, Sendable, CustomStringConvertible {
    /// The name as it is shown, without spaces around it.
    public let text: String

    /// The most characters a name has.
    public static let limit = 100

    /// Throws what is wrong with `text` as a name.
    public init(_ text: String) throws(TextFault) {
        self.text = try text.shown(limit: Self.limit)
    }

    /// A name for somebody of whom only the login is known: the login, cut where it is too long for a name.
    public init(standingFor login: Login) {
        let isShort = login.text.count <= Self.limit && login.text.utf8.count <= Self.limit * 8
        let start = login.text.unicodeScalars.prefix(Self.limit - 1)
        text = isShort ? login.text : String(String.UnicodeScalarView(start)) + "…"
    }

    public var description: String { text }
}

/// An e-mail address, as far as it can be checked without sending to it: at most 254 bytes (RFC 5321, section
/// 4.5.3.1.3).
public struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as given.
    public let text: String

    /// The most bytes of an address.
    public static let limit = 254

    /// Throws what is wrong with `text`: an address has one `@` with something on both sides, and no spaces.
    public init(_ text: String) throws(TextFault) {
        let shown = try text.shown(limit: Self.limit)
        guard shown.utf8.count <= Self.limit else { throw .tooLong(limit: Self.limit) }
        // By bytes, since a combining mark hides an `@` or a colon from a search by characters.
        let parts = shown.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            !shown.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0 == ":" })
        else { throw .notAnAddress }
        self.text = shown
    }

    public var description: String { text }
}
