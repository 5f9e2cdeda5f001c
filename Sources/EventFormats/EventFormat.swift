public import JSON
public import Ledger
import Tokens

/// How events are written for programs.
public enum EventFormat: String, Hashable, Sendable, CaseIterable {
    /// Jeton's own JSON, as the API returns it.
    case json
    /// The Open Cybersecurity Schema Framework, version 1.5 (<https://schema.ocsf.io/1.5.0/>).
    case ocsf

    /// The event in this format. `version` is that of Jeton.
    public func document(of described: DescribedEvent, version: String) -> JSONValue {
        switch self {
        case .json: JSONValue(described)
        case .ocsf: OCSFEvent(described).document(version: version)
        }
    }
}

extension JSONValue {
    /// An event as the API returns it.
    public init(_ described: DescribedEvent) {
        let event = described.event
        var at: [UInt8] = []
        at.append(rfc3339: event.at, milliseconds: true)
        self = .object([
            "id": .string(event.id.text), "at": .string(String(decoding: at, as: UTF8.self)),
            "kind": .string(event.kind.rawValue),
            "actor": event.actor.map { Self.person($0.text, described.actor) } ?? .null,
            "subject": event.subject.map { Self.person($0.text, described.subject) } ?? .null,
            "actor_token": .optional(event.actorToken?.text), "token": .optional(event.token?.text),
            "address": .string(event.address), "detail": .string(event.detail),
            "incident": event.incident.map { .integer(Int64($0)) } ?? .null,
        ])
    }

    private static func person(_ id: String, _ subject: Subject?) -> JSONValue {
        .object([
            "id": .string(id), "login": .optional(subject?.login.text), "name": .optional(subject?.name),
            "kind": .optional(subject.map { $0.isPerson ? "person" : "service_account" }),
        ])
    }
}

extension Event.Kind {
    /// Whether it tells of something that was refused.
    public var isRefusal: Bool { OCSFClass(self).isFailure }
}
