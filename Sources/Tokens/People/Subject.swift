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

/// What people call a person: 1 to 100 characters.
public struct PersonName: Hashable, Sendable, CustomStringConvertible {
    /// The name as it is shown, without spaces around it.
    public let text: String

    /// The most characters a name has.
    public static let limit = 100

    /// Takes `text` where it can be shown in a list, or says what is wrong with it.
    public init(_ text: String) throws(TextFault) {
        self.text = try text.shown(limit: Self.limit)
    }

    /// What to call somebody of whom nothing but a login is told: the login, cut where it is too long for a name.
    public init(standingFor login: Login) {
        let isShort = login.text.count <= Self.limit && login.text.utf8.count <= Self.limit * 8
        let start = login.text.unicodeScalars.prefix(Self.limit - 1)
        text = isShort ? login.text : String(String.UnicodeScalarView(start)) + "…"
    }

    public var description: String { text }
}

/// An address of electronic mail, as far as it can be told without sending to it: at most 254 bytes
/// (RFC 5321, section 4.5.3.1.3).
public struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as it was given.
    public let text: String

    /// The most bytes of an address.
    public static let limit = 254

    /// Takes `text` where it has one `@` with something on both sides and no spaces.
    public init(_ text: String) throws(TextFault) {
        let shown = try text.shown(limit: Self.limit)
        guard shown.utf8.count <= Self.limit else { throw .tooLong(limit: Self.limit) }
        // Not by characters: a mark that combines with an `@` or a colon would hide it.
        let parts = shown.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            !shown.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0 == ":" })
        else { throw .notAnAddress }
        self.text = shown
    }

    public var description: String { text }
}
