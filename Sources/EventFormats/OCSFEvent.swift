import JSON
import Ledger
import Tokens

/// An event in OCSF 1.5, of the category Identity & Access Management.
struct OCSFEvent {
    private let described: DescribedEvent
    private let kind: OCSFClass

    /// The version of the schema.
    static let version = "1.5.0"

    private var event: Event { described.event }

    init(_ described: DescribedEvent) {
        self.described = described
        kind = OCSFClass(described.event.kind)
    }

    func document(version: String) -> JSONValue {
        var members = base(version: version)
        if let user = Self.user(event.actor, described.actor) {
            members["actor"] = ["user": user]
        } else {
            members["actor"] = ["app_name": "jeton"]
        }
        if IPAddress(event.address) != nil { members["src_endpoint"] = ["ip": .string(event.address)] }
        if !event.detail.isEmpty { members["status_detail"] = .string(event.detail) }
        let tokens = [("token", event.token), ("actor_token", event.actorToken)].compactMap { name, token in
            token.map { (name, JSONValue.string($0.text)) }
        }
        if !tokens.isEmpty { members["unmapped"] = .object(Dictionary(uniqueKeysWithValues: tokens)) }
        members.merge(own) { _, last in last }
        return .object(members)
    }

    /// What every class has.
    private func base(version: String) -> [String: JSONValue] {
        let activity = "\(kind.name.caption): \(kind.caption)"
        let words = event.kind.rawValue.replacing("_", with: " ")
        return [
            "category_uid": 3, "category_name": "Identity & Access Management",
            "class_uid": .integer(Int64(kind.name.rawValue)), "class_name": .string(kind.name.caption),
            "activity_id": .integer(Int64(kind.activity)), "activity_name": .string(kind.caption),
            "type_uid": .integer(Int64(kind.name.rawValue * 100 + kind.activity)),
            "type_name": .string(activity), "time": .integer(event.at.milliseconds),
            "severity_id": .integer(Int64(kind.severity.rawValue)),
            "severity": .string(kind.severity.caption), "status_id": kind.isFailure ? 2 : 1,
            "status": kind.isFailure ? "Failure" : "Success",
            "message": .string(event.detail.isEmpty ? words : "\(words): \(event.detail)"),
            "metadata": metadata(version: version),
        ]
    }

    private func metadata(version: String) -> JSONValue {
        var members: [String: JSONValue] = [
            "version": .string(Self.version), "uid": .string(event.id.text),
            "event_code": .string(event.kind.rawValue), "log_name": "events",
            "product": ["name": "Jeton", "vendor_name": "Jeton", "version": .string(version)],
        ]
        if let incident = event.incident { members["correlation_uid"] = .string("incident-\(incident)") }
        return .object(members)
    }

    /// What only the class of this event has.
    private var own: [String: JSONValue] {
        switch kind.name {
        case .accountChange: return ["user": user]
        case .authentication:
            return [
                "user": user, "service": ["name": "jeton"], "is_remote": .bool(!event.address.isEmpty),
            ]
        case .userAccess: return ["user": user, "privileges": ["administrator"]]
        case .groupManagement:
            return ["group": ["name": .string(event.detail.isEmpty ? "unknown" : event.detail)]]
        case .entityManagement: return ["entity": entity]
        }
    }

    /// Whom it is about, or else who did it.
    private var user: JSONValue {
        Self.user(event.subject, described.subject) ?? Self.user(event.actor, described.actor)
            ?? ["name": "unknown", "type_id": 0, "type": "Unknown"]
    }

    private static func user(_ id: SubjectID?, _ subject: Subject?) -> JSONValue? {
        guard let id else { return nil }
        guard let subject else { return ["uid": .string(id.text)] }
        let type: (Int64, String) =
            if !subject.isPerson { (99, "Service") } else if subject.isAdministrator { (2, "Admin") } else {
                (1, "User")
            }
        var members: [String: JSONValue] = [
            "uid": .string(id.text), "name": .string(subject.login.text), "type_id": .integer(type.0),
            "type": .string(type.1),
        ]
        if subject.name != subject.login.text { members["full_name"] = .string(subject.name) }
        if let email = subject.email { members["email_addr"] = .string(email) }
        return .object(members)
    }

    /// The token, or what else is managed. It belongs to the subject.
    private var entity: JSONValue {
        let type: String
        var members: [String: JSONValue] = [:]
        switch event.kind {
        case .signInPolicyChanged: (type, members["name"]) = ("Policy", "sign-in policy")
        case .tokenPolicyChanged: (type, members["name"]) = ("Policy", "token policy")
        case .incidentOpened, .incidentClosed: (type, members["name"]) = ("Incident", .string(event.detail))
        case .tokenRequested, .requestApproved, .requestDenied, .requestWithdrawn:
            (type, members["name"]) = ("Request", .string(event.detail.isEmpty ? "request" : event.detail))
        default:
            type = "Token"
            if let token = event.token { members["uid"] = .string(token.text) }
            if event.token == nil { members["name"] = .string(event.detail.isEmpty ? "token" : event.detail) }
        }
        members["type"] = .string(type)
        members["type_id"] = type == "Policy" ? 5 : 99
        if let user = Self.user(event.subject, described.subject) { members["user"] = user }
        return .object(members)
    }
}
