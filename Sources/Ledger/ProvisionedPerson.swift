public import Tokens

/// What an identity provider writes of a person (SCIM, RFC 7643).
public struct Provision: Hashable, Sendable {
    public var login: Login
    /// The display name.
    public var name: String
    public var email: String?
    /// Whether the provider allows the person's tokens and sessions.
    public var isActive: Bool
    /// The provider's own identifier of the person (`externalId`).
    public var externalID: String?
    /// The provider's whole document, in its own form. It never contains a secret.
    public var details: String

    public init(
        login: Login, name: String, email: String?, isActive: Bool, externalID: String?, details: String
    ) {
        self.login = login
        self.name = name
        self.email = email
        self.isActive = isActive
        self.externalID = externalID
        self.details = details
    }

    /// Compares texts byte by byte, so that a login in another case is a change.
    public static func == (left: Self, right: Self) -> Bool {
        left.texts == right.texts && left.isActive == right.isActive
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(texts) }

    private var texts: [ExactText?] {
        [login.text, name, email, externalID, details].map { $0.map(ExactText.init) }
    }
}

/// A person as the identity provider sees them.
public struct ProvisionedPerson: Hashable, Sendable {
    public let subject: Subject
    /// The provider's own identifier of the person (`externalId`).
    public let externalID: String?
    /// The provider's whole document, in its own form; `nil` where it has never written one.
    public let details: String?
    /// The provisioned groups of the person, by identifier.
    public let groups: [Membership]
    /// The time of the latest change.
    public let modifiedAt: Timestamp
    /// The number of changes, for `ETag` and `If-Match`.
    public let revision: Int64
    /// When their identities were released; `nil` where they were not, or where one was joined since.
    public let releasedAt: Timestamp?

    /// A group that a person is in.
    public struct Membership: Hashable, Sendable {
        public let id: GroupID
        public let name: String

        public init(id: GroupID, name: String) {
            self.id = id
            self.name = name
        }
    }

    public init(
        subject: Subject, externalID: String?, details: String?, groups: [Membership] = [],
        modifiedAt: Timestamp, revision: Int64 = 1, releasedAt: Timestamp? = nil
    ) {
        self.releasedAt = releasedAt
        self.subject = subject
        self.externalID = externalID
        self.details = details
        self.groups = groups
        self.modifiedAt = modifiedAt
        self.revision = revision
    }
}
