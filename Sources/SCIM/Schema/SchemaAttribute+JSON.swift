import JSON

extension SchemaAttribute {
    /// The definition that clients read.
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name), "type": .string(kind.rawValue), "description": .string(description),
            "multiValued": .bool(isMultiValued), "required": .bool(isRequired),
            "mutability": .string(mutability.rawValue), "returned": .string(isKept ? "default" : "never"),
        ]
        if kind != .complex {
            members["uniqueness"] = .string(isUnique ? "server" : "none")
            if kind == .string || kind == .reference { members["caseExact"] = .bool(isCaseExact) }
        }
        if !canonicalValues.isEmpty {
            members["canonicalValues"] = .array(canonicalValues.map { .string($0) })
        }
        if !referenceTypes.isEmpty {
            members["referenceTypes"] = .array(referenceTypes.map { .string($0) })
        }
        if !parts.isEmpty { members["subAttributes"] = .array(parts.map(\.json)) }
        return .object(members)
    }
}
