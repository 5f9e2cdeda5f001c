import JSON
import Ledger
import Tokens

/// A group as a SCIM resource.
struct GroupResource: Sendable {
    let group: ProvisionedGroup
    /// The public address of SCIM.
    let base: String

    var version: String { "W/\"\(group.revision)\"" }
    var location: String { "\(base)/Groups/\(group.id)" }

    /// The whole resource.
    var members: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "schemas": [.string(ResourceKind.group.schema)], "id": .string(group.id.text),
            "displayName": .string(group.name),
        ]
        if let name = group.externalID { members["externalId"] = .string(name) }
        if !group.members.isEmpty { members["members"] = .array(group.members.sorted().map(json)) }
        members["meta"] = [
            "resourceType": "Group", "created": .string(group.createdAt.rfc3339),
            "lastModified": .string(group.modifiedAt.rfc3339), "location": .string(location),
            "version": .string(version),
        ]
        return members
    }

    private func json(_ member: SubjectID) -> JSONValue {
        ["value": .string(member.text), "type": "User", "$ref": .string("\(base)/Users/\(member)")]
    }
}

extension ProvisionedGroup {
    /// In bytes.
    private static let nameLimit = 500

    /// This group with the values of a resource that ``ResourceKind/read(_:)`` returned.
    func saying(_ members: [String: JSONValue]) throws(SCIMFault) -> ProvisionedGroup {
        var group = self
        guard let name = members["displayName"]?.string else { throw .invalidValue("displayName is missing") }
        guard name.utf8.count <= Self.nameLimit else {
            throw .invalidValue("displayName must have at most \(Self.nameLimit) bytes")
        }
        group.name = name
        group.externalID = members["externalId"]?.string
        group.members = []
        for member in members["members"]?.array ?? [] {
            guard let id = member["value"]?.string.flatMap({ SubjectID($0) }) else { throw .noSuchMember }
            group.members.insert(id)
        }
        return group
    }
}

extension SCIMFault {
    static let noSuchMember = invalidValue(
        "each member must have the id of an existing user as its value, or that user's address as its $ref"
    )
}
