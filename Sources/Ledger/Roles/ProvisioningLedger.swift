public import Tokens

/// What remembers of people and groups that an identity provider provisions (SCIM, RFC 7643).
///
/// People are here all who are not break-glass and whose account has not ended, whichever way they came.
/// `administrators` are the groups that make an administrator of whoever is in one; where there are none,
/// that is the desk's own affair.
public protocol ProvisioningLedger: Sendable {
    // MARK: People

    /// The people that `key` finds, all for `nil`, in the order of their identifiers.
    func people(_ key: ProvisioningKey?) async throws(LedgerError) -> [ProvisionedPerson]
    /// The person of that identifier.
    func person(_ id: SubjectID) async throws(LedgerError) -> ProvisionedPerson?
    /// Whether a provider has provisioned anybody whose account has not ended.
    func hasProvisionedPeople() async throws(LedgerError) -> Bool
    /// The people who sign in through a provider and whom none provisioned, where any provisions people at
    /// all; else nobody.
    func unprovisionedPeople() async throws(LedgerError) -> Set<SubjectID>
    /// Adds a person. Throws ``LedgerError/loginTaken``, ``LedgerError/externalIDTaken``.
    func add(_ subject: Subject, provisioned: Provision, event: Event) async throws(LedgerError)
    /// Replaces what the provider says of a person who is at that revision. Who is deactivated by it loses
    /// every session. A suspension by an administrator stays as it is. Returns the person as they now are.
    /// Throws ``LedgerError/noSuchSubject``, ``LedgerError/changedMeanwhile``, ``LedgerError/loginTaken``, and
    /// ``LedgerError/externalIDTaken`` where the person gets one that is another's. Two who have the same
    /// since before this was a rule keep it.
    @discardableResult
    func update(
        _ id: SubjectID, at revision: Int64, to provision: Provision, events: [Event]
    ) async throws(LedgerError) -> ProvisionedPerson
    /// Ends an account for good, as `event` tells: its tokens are revoked, its sessions, identities,
    /// password, memberships and e-mail address are gone, and its login is free for somebody else. The
    /// subject stays, for what is told of it. Throws ``LedgerError/noSuchSubject``, and
    /// ``LedgerError/changedMeanwhile`` where `revision` is given and not the person's.
    func end(_ id: SubjectID, at revision: Int64?, event: Event) async throws(LedgerError)
    /// Adds a way to sign in to a person whom a provider provisioned or whose former one was released lately,
    /// who is active, and who has none at that issuer. Throws ``LedgerError/identityTaken`` where they have
    /// one or it is another's, and ``LedgerError/noSuchSubject`` where there is nobody who could be joined.
    func join(_ identity: Identity, to id: SubjectID, event: Event) async throws(LedgerError)
    /// Puts a way to sign in in the place of the one that a person has at the same issuer, on the provider's
    /// word: the identity's name is the external name of this person, who is active, and of nobody else, and
    /// since it is nobody has signed in as this person. All sessions end. Throws
    /// ``LedgerError/identityTaken`` where any of this does not hold.
    func rejoin(_ identity: Identity, to id: SubjectID, events: [Event]) async throws(LedgerError)
    /// Takes all ways to sign in by a provider from a person, as `event` tells, and ends all sessions. For
    /// ``LedgerLimits/releaseLasting`` after it, ``join(_:to:event:)`` takes another. Tokens stay as they are.
    /// Throws ``LedgerError/noSuchIdentity`` where there is none.
    func releaseIdentities(of id: SubjectID, event: Event) async throws(LedgerError)

    // MARK: Groups

    /// Which groups a subject is in, by which way.
    func groups(of id: SubjectID) async throws(LedgerError) -> GroupsByWay
    /// The groups that `key` finds, all for `nil`, in the order of their identifiers.
    func groups(_ key: ProvisioningKey?) async throws(LedgerError) -> [ProvisionedGroup]
    /// The group of that identifier.
    func group(_ id: GroupID) async throws(LedgerError) -> ProvisionedGroup?
    /// Adds a group with its members, whose own groups are as told when this returns.
    /// Throws ``LedgerError/noSuchSubject`` where a member is nobody, ``LedgerError/externalIDTaken`` where
    /// another group has its external name, and ``LedgerError/groupNameTaken`` where neither has one and the
    /// names are the same, byte for byte: whoever is removed from one of two twins keeps what the other gives.
    func add(
        _ group: ProvisionedGroup, administrators: [String], event: Event
    ) async throws(LedgerError)
    /// Replaces the name, the external name and the members of a group that is at `group.revision`.
    /// Returns it as it now is. Throws ``LedgerError/noSuchGroup``, ``LedgerError/changedMeanwhile``,
    /// ``LedgerError/noSuchSubject``, and where it gets another name or external name, what adding one throws.
    @discardableResult
    func update(
        _ group: ProvisionedGroup, administrators: [String], event: Event
    ) async throws(LedgerError) -> ProvisionedGroup
    /// Removes a group. Throws ``LedgerError/noSuchGroup``, and ``LedgerError/changedMeanwhile`` where
    /// `revision` is given and not the group's.
    func remove(
        _ id: GroupID, at revision: Int64?, administrators: [String], event: Event
    ) async throws(LedgerError)
}

/// By what people and groups are found without looking at all of them.
public enum ProvisioningKey: Hashable, Sendable {
    /// The login of a person or the name of a group, without regard to case.
    case name(String)
    /// What the provider calls them, exactly.
    case externalID(String)
}

/// What an identity provider says of a person.
public struct Provision: Hashable, Sendable {
    /// The login.
    public var login: Login
    /// What people call it.
    public var name: String
    /// The e-mail address.
    public var email: String?
    /// Whether its tokens and sessions pass, as far as the provider is concerned.
    public var isActive: Bool
    /// What the provider calls the person.
    public var externalID: String?
    /// All that it says, in its own form. It never holds a secret.
    public var details: String

    /// What a provider says.
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

    /// Texts that differ in a byte are a change, such as a login in another case.
    public static func == (left: Self, right: Self) -> Bool {
        left.texts == right.texts && left.isActive == right.isActive
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(texts) }

    private var texts: [ExactText?] {
        [login.text, name, email, externalID, details].map { $0.map(ExactText.init) }
    }
}

/// A person as a provider sees them.
public struct ProvisionedPerson: Hashable, Sendable {
    /// The person.
    public let subject: Subject
    /// What the provider calls them.
    public let externalID: String?
    /// All that it said, in its own form; `nil` where it never said anything.
    public let details: String?
    /// The provisioned groups that they are in, by identifier.
    public let groups: [Membership]
    /// When anything of this last changed.
    public let modifiedAt: Timestamp
    /// Counts the changes.
    public let revision: Int64
    /// When their identities were released, since when they were joined to none.
    public let releasedAt: Timestamp?

    /// A group that somebody is in.
    public struct Membership: Hashable, Sendable {
        /// The group.
        public let id: GroupID
        /// What it is called.
        public let name: String

        /// A membership in that group.
        public init(id: GroupID, name: String) {
            self.id = id
            self.name = name
        }
    }

    /// A person as the ledger keeps them.
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

/// Identifies a provisioned group.
public typealias GroupID = Identifier<ProvisionedGroup>

/// A group as a provider provisions it.
public struct ProvisionedGroup: Hashable, Sendable {
    /// Names the group.
    public let id: GroupID
    /// What it is called.
    public var name: String
    /// What the provider calls it.
    public var externalID: String?
    /// Who is in it.
    public var members: Set<SubjectID>
    /// When it was added.
    public let createdAt: Timestamp
    /// When it last changed.
    public var modifiedAt: Timestamp
    /// Counts the changes.
    public var revision: Int64

    /// A group as the ledger keeps it.
    public init(
        id: GroupID, name: String, externalID: String? = nil, members: Set<SubjectID> = [],
        createdAt: Timestamp, modifiedAt: Timestamp? = nil, revision: Int64 = 1
    ) {
        self.id = id
        self.name = name
        self.externalID = externalID
        self.members = members
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt ?? createdAt
        self.revision = revision
    }
}

/// The groups of a subject by the way in which they came; its own ``Tokens/Subject/groups`` are both.
public struct GroupsByWay: Hashable, Sendable {
    /// Those that its sign-in or the desk told.
    public let claimed: [String]
    /// Those that were provisioned.
    public let provisioned: [String]

    /// Groups of both ways.
    public init(claimed: [String], provisioned: [String]) {
        self.claimed = claimed
        self.provisioned = provisioned
    }

    /// All of them, each once, the claimed ones first: what decides, and more than may be kept.
    public var all: [String] { (claimed + provisioned).uniqued() }
}

/// Which names of groups services are told of: `Remote-Groups` has commas between them, so that a name with
/// one of its own could pass for two.
public enum GroupName {
    /// The most bytes of a name.
    public static let byteLimit = 200
    /// The most groups of one person that are kept, beside those that the configuration names.
    public static let limit = 500

    /// Whether services are told of a group of that name.
    public static func isTold(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= byteLimit
            && !name.unicodeScalars.contains { $0 == "," || $0.properties.generalCategory == .control }
    }

    /// Those of `groups` that are kept of one person: all where there are no more than ``limit``. Else those
    /// that are in `named`, however many, and as many others, in the order of their bytes, as there is room
    /// for: which ones does not depend on the order in which a provider tells them.
    public static func kept(_ groups: [String], named: [String]) -> [String] {
        guard groups.count > limit else { return groups }
        let names = Set(named.map(ExactText.init))
        let first = groups.filter { names.contains(ExactText($0)) }
        let others = groups.filter { !names.contains(ExactText($0)) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return first + others.prefix(max(0, limit - first.count))
    }
}
