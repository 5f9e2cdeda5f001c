import Desk
import HTTPServer
public import JSON
public import Tokens

extension AdminAPI {
    func addPolicy(to admin: inout RouteGroup) {
        add("GET", "/policy", to: &admin) { _, _ in
            let policy = try await tokens.tokenPolicy()
            let signIn = try await tokens.signInPolicy()
            return Self.answer([
                "sections": policy.sections, "grace_seconds": .integer(policy.grace.seconds),
                "sign_in_every_seconds": signIn.map { .integer($0.every.seconds) } ?? .null,
            ])
        }
        // It counts, and changes nothing.
        add("POST", "/policy/check", to: &admin, for: .audit) { request, _ in try await checkPolicy(request) }
    }

    /// Counts what a policy would end. Takes `at` (RFC 3339), and a candidate to count instead of the rules in force:
    /// `sections`, each with its `service` and `rules` as in the configuration, and `services`.
    private func checkPolicy(_ request: Request) async throws -> Response {
        var body = try JSONBody(request)
        let sections = body.has("sections") ? body.objects("sections") : nil
        let counted = body.has("services") ? body.objects("services") : nil
        let at = body.moment("at")
        try body.finish()
        let candidate = try sections.map { (sections) throws(Problem) in try TokenPolicy(sections: sections) }
        let services = try counted?.map { (service) throws(Problem) in try Service(counted: .object(service))
        }
        let count = try await tokens.count(by: candidate, services: services, at: at)
        return Self.answer(JSONValue(count))
    }
}

extension TokenPolicy {
    /// Reads the sections of a candidate.
    fileprivate init(sections: [[String: JSONValue]]) throws(Problem) {
        self.init()
        for section in sections {
            guard case .object(let members)? = section["rules"],
                let rules = TokenRules(values: members.compactMapValues(\.string))
            else { throw .invalid([FieldFault("sections", "must each have rules as in the configuration")]) }
            if let service = section["service"]?.string {
                services[try .counted(service, in: "sections")] = rules
            } else {
                all = rules
            }
        }
    }

    /// The sections, as ``init(sections:)`` reads them.
    public var sections: JSONValue {
        .array(
            ([nil] + services.keys.sorted()).map { section in
                let values = rules(of: section).values.compactMap { key, value in
                    value.map { (key, JSONValue.string($0)) }
                }
                return [
                    "service": .optional(section?.text),
                    "rules": .object(Dictionary(values, uniquingKeysWith: { first, _ in first })),
                ]
            })
    }
}

extension ServiceName {
    /// The name of a service in the list `field`.
    fileprivate static func counted(_ text: String, in field: String) throws(Problem) -> ServiceName {
        do throws(TextFault) {
            return try ServiceName(text)
        } catch {
            throw .invalid([FieldFault(field, "must have names of services: \(error)")])
        }
    }
}

extension Service {
    /// Reads what counting needs of a service.
    fileprivate init(counted value: JSONValue) throws(Problem) {
        func texts(_ name: String) -> [String] { value[name]?.array?.compactMap(\.string) ?? [] }
        self.init(
            name: try .counted(value["name"]?.string ?? "", in: "services"), groups: texts("groups"),
            paths: texts("paths").compactMap { PathPattern($0) })
    }

    /// What counting needs of the service.
    public var counted: JSONValue {
        [
            "name": .string(name.text), "groups": .array(groups.map { .string($0) }),
            "paths": .array(paths.map { .string($0.description) }),
        ]
    }
}

extension JSONValue {
    fileprivate init(_ count: PolicyCount) {
        self = [
            "counted_at": .string(count.now.rfc3339), "tokens": .integer(Int64(count.tokens)),
            "people": .integer(Int64(count.people)), "rules": .array(count.lines.map { JSONValue($0) }),
            "together": JSONValue(count.together),
        ]
    }

    fileprivate init(_ line: PolicyCount.Line) {
        self = [
            "rule": .string(line.key), "value": .string(line.value),
            "enforced_from": .optional(line.enforcedFrom?.rfc3339), "counted_for": .string(line.day.rfc3339),
            "now": line.now.map { JSONValue($0) } ?? .null, "then": line.then.map { JSONValue($0) } ?? .null,
        ]
    }

    fileprivate init(_ tally: PolicyCount.Tally) {
        self = [
            "tokens": .integer(Int64(tally.tokens)), "people": .integer(Int64(tally.people.count)),
            "owners": .array(
                tally.people.map { share in
                    [
                        "login": .string(share.login), "name": .string(share.name),
                        "tokens": .integer(Int64(share.tokens)),
                        "rules": .array(share.keys.map { .string($0) }),
                    ]
                }),
        ]
    }
}
