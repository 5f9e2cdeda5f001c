import JSON

/// An attribute of a schema (RFC 7643, sections 2 and 7).
struct SchemaAttribute: Hashable, Sendable {
    /// RFC 7643, section 2.3.
    enum DataType: String, Sendable {
        case string, boolean, dateTime, reference, complex
    }

    enum Mutability: String, Sendable {
        case readWrite, readOnly, writeOnly, immutable
    }

    let name: String
    /// The name in lower case: names ignore case (RFC 7643, section 2.1).
    let folded: String
    let type: DataType
    let description: String
    var isMultiValued = false
    var isRequired = false
    var isCaseExact = false
    var mutability = Mutability.readWrite
    /// Whether no two resources have the same value.
    var isUnique = false
    var canonicalValues: [String] = []
    /// The types of resources that a reference can refer to; `external` for any address.
    var referenceTypes: [String] = []
    /// The sub-attributes of a complex attribute.
    var parts: [SchemaAttribute] = []
    /// Whether each value refers to a resource, by its `value` or by the address in its `$ref`. Values that refer to
    /// none are refused, there is one value for each resource, and their number is not limited.
    var namesResources = false

    init(_ name: String, _ type: DataType = .string, _ description: String) {
        self.name = name
        folded = name.lowercased()
        self.type = type
        self.description = description
    }

    func with(_ change: (inout Self) -> Void) -> Self {
        var changed = self
        change(&changed)
        return changed
    }

    /// Whether values are stored and returned. Others are accepted and not kept.
    var isKept: Bool { mutability != .writeOnly }

    var isWritable: Bool { mutability != .readOnly }

    static func named(_ name: String, in attributes: [SchemaAttribute]) -> SchemaAttribute? {
        named(folded: name.lowercased(), in: attributes)
    }

    /// - Parameter name: in lower case.
    static func named(folded name: String, in attributes: [SchemaAttribute]) -> SchemaAttribute? {
        attributes.first { $0.folded == name }
    }

    func part(_ name: String) -> SchemaAttribute? { Self.named(name, in: parts) }
}

extension SchemaAttribute {
    /// The definition for clients.
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name), "type": .string(type.rawValue), "description": .string(description),
            "multiValued": .bool(isMultiValued), "required": .bool(isRequired),
            "mutability": .string(mutability.rawValue), "returned": .string(isKept ? "default" : "never"),
        ]
        if type != .complex {
            members["uniqueness"] = .string(isUnique ? "server" : "none")
            if type == .string || type == .reference { members["caseExact"] = .bool(isCaseExact) }
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
