import JSON
import Ledger
import Tokens

/// A person as a SCIM resource.
struct UserResource: Sendable {
    let person: ProvisionedPerson
    /// The public address of SCIM.
    let base: String

    /// The most bytes kept of one person.
    static let detailsLimit = 32 << 10

    var version: String { "W/\"\(person.revision)\"" }
    var location: String { "\(base)/Users/\(person.subject.id)" }

    /// The whole resource.
    var members: [String: JSONValue] {
        var members = details
        members["schemas"] = [.string(ResourceKind.user.schema)]
        members["id"] = .string(person.subject.id.text)
        members["userName"] = .string(person.subject.login.text)
        members["active"] = .bool(!person.subject.isSuspended)
        if let name = person.externalID { members["externalId"] = .string(name) }
        if !person.groups.isEmpty { members["groups"] = .array(person.groups.map(json)) }
        members["meta"] = [
            "resourceType": "User", "created": .string(person.subject.createdAt.rfc3339),
            "lastModified": .string(person.modifiedAt.rfc3339), "location": .string(location),
            "version": .string(version),
        ]
        return members
    }

    /// What a provider sent; what the desk knows if none sent anything.
    private var details: [String: JSONValue] {
        if let details = person.details,
            case .object(let members)? = try? JSONValue(parsing: Array(details.utf8))
        {
            return members
        }
        var members: [String: JSONValue] = ["displayName": .string(person.subject.name)]
        if let email = person.subject.email {
            members["emails"] = [["value": .string(email), "primary": true]]
        }
        return members
    }

    /// What a client may change. `active` is the provider's own value: a change of something else does not deactivate
    /// a person whom an administrator suspended.
    var writable: [String: JSONValue] {
        get throws(SCIMFault) {
            var members = try ResourceKind.user.read(members)
            members["active"] = .bool(person.subject.deactivatedAt == nil)
            return members
        }
    }

    private func json(_ group: ProvisionedPerson.Membership) -> JSONValue {
        [
            "value": .string(group.id.text), "display": .string(group.name),
            "$ref": .string("\(base)/Groups/\(group.id)"),
        ]
    }
}

extension Provision {
    /// Reads the values of a user that ``ResourceKind/read(_:)`` returned.
    init(_ members: [String: JSONValue]) throws(SCIMFault) {
        guard let userName = members["userName"]?.string else { throw .invalidValue("userName is missing") }
        let login: Login
        let name: String
        var email: String?
        do throws(TextFault) {
            login = try Login(userName)
        } catch {
            throw .invalidValue("userName \(error)")
        }
        do throws(TextFault) {
            name =
                try Self.name(members).map { (text) throws(TextFault) in try PersonName(text).text }
                ?? PersonName(standingFor: login).text
        } catch {
            throw .invalidValue("displayName, or the name, \(error)")
        }
        do throws(TextFault) {
            email = try Self.email(members).map { (text) throws(TextFault) in try EmailAddress(text).text }
        } catch {
            throw .invalidValue("the value of emails \(error)")
        }
        let details = JSONValue.object(
            members.filter { !["userName", "active", "externalId"].contains($0.key) }
        ).text
        guard details.utf8.count <= UserResource.detailsLimit else {
            throw .invalidValue("a user must have at most \(UserResource.detailsLimit) bytes in all")
        }
        self.init(
            login: login, name: name, email: email, isActive: members["active"] != false,
            externalID: members["externalId"]?.string, details: details)
    }

    /// Throws if no new account may have this `userName`: tools send some words as a user name by themselves.
    func refuseWordOfTools(formerly login: Login? = nil) throws(SCIMFault) {
        guard self.login != login else { return }
        do throws(TextFault) { try self.login.mayBeNew() } catch { throw .invalidValue("userName \(error)") }
    }

    /// Keeps the name and the e-mail address from a sign-in, unless the provider sends them or has sent them before.
    mutating func keepUnsaid(_ members: [String: JSONValue], of person: ProvisionedPerson) {
        guard let details = person.details,
            case .object(let former)? = try? JSONValue(parsing: Array(details.utf8))
        else { return }
        func isUnsaid(_ names: [String]) -> Bool {
            names.allSatisfy { members[$0] == nil && former[$0] == nil }
        }
        if isUnsaid(["displayName", "name"]) { name = person.subject.name }
        if isUnsaid(["emails"]) { email = person.subject.email }
    }

    private static func name(_ members: [String: JSONValue]) -> String? {
        if let name = members["displayName"]?.string ?? members["name"]?["formatted"]?.string { return name }
        let parts = ["givenName", "familyName"].compactMap { members["name"]?[$0]?.string }
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }

    /// The primary address, or else the work address, or else the first.
    private static func email(_ members: [String: JSONValue]) -> String? {
        let addresses = members["emails"]?.array ?? []
        let chosen =
            addresses.first { $0["primary"] == true }
            ?? addresses.first { $0["type"]?.string?.lowercased() == "work" } ?? addresses.first
        return chosen?["value"]?.string
    }
}
