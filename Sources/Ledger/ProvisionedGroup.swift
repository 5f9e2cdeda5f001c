public import Tokens

/// Identifies a provisioned group.
public typealias GroupID = Identifier<ProvisionedGroup>

/// A group that an identity provider provisions (SCIM, RFC 7643).
public struct ProvisionedGroup: Hashable, Sendable {
    public let id: GroupID
    public var name: String
    /// The provider's own identifier of the group (`externalId`).
    public var externalID: String?
    public var members: Set<SubjectID>
    public let createdAt: Timestamp
    public var modifiedAt: Timestamp
    /// The number of changes, for `ETag` and `If-Match`.
    public var revision: Int64

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

/// The groups of a subject by their source. ``Tokens/Subject/groups`` has both together.
public struct GroupsByWay: Hashable, Sendable {
    /// Groups asserted at the sign-in or assigned by the desk.
    public let claimed: [String]
    /// Groups that the identity provider provisioned.
    public let provisioned: [String]

    public init(claimed: [String], provisioned: [String]) {
        self.claimed = claimed
        self.provisioned = provisioned
    }

    /// All groups, each once, the claimed ones first. There may be more than are kept, see
    /// ``GroupName/kept(_:named:)``.
    public var all: [String] { (claimed + provisioned).uniqued() }
}

/// The rules for names of groups. `Remote-Groups` separates names by commas, so a name that contains one could be
/// taken for two groups.
public enum GroupName {
    /// The most bytes in a name.
    public static let byteLimit = 200
    /// The most groups that are kept of one person, beside those that the configuration names.
    public static let limit = 500

    /// Whether services see a group of that name.
    public static func isTold(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= byteLimit
            && !name.unicodeScalars.contains { $0 == "," || $0.properties.generalCategory == .control }
    }

    /// The groups to keep of one person: all, where there are no more than ``limit``. Else all those in `named`, and
    /// of the others, in byte order, as many as there is room for. The choice does not depend on the order in which a
    /// provider lists them.
    public static func kept(_ groups: [String], named: [String]) -> [String] {
        guard groups.count > limit else { return groups }
        let names = Set(named.map(ExactText.init))
        let first = groups.filter { names.contains(ExactText($0)) }
        let others = groups.filter { !names.contains(ExactText($0)) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return first + others.prefix(max(0, limit - first.count))
    }
}
