import JSON

/// An attribute of a resource, as a schema defines it (RFC 7643, sections 2 and 7).
struct SchemaAttribute: Hashable, Sendable {
    enum Kind: String, Sendable {
        case string, boolean, dateTime, reference, complex
    }

    enum Mutability: String, Sendable {
        case readWrite, readOnly, writeOnly, immutable
    }

    let name: String
    /// The name as it is found, without regard to case (RFC 7643, section 2.1).
    let folded: String
    let kind: Kind
    let description: String
    var isMultiValued = false
    var isRequired = false
    var isCaseExact = false
    var mutability = Mutability.readWrite
    /// Whether the provider's values are unique here.
    var isUnique = false
    /// The usual values.
    var canonicalValues: [String] = []
    /// The resources that a reference leads to; `external` for any address.
    var referenceTypes: [String] = []
    /// The attributes of a complex one.
    var parts: [SchemaAttribute] = []
    /// Whether each element names a resource, by its `value` or else by the address in its `$ref`: one that
    /// names none is refused, and there is one element for each resource, as many as there are.
    var namesResources = false

    init(_ name: String, _ kind: Kind = .string, _ description: String) {
        self.name = name
        folded = name.lowercased()
        self.kind = kind
        self.description = description
    }

    /// The same with a change.
    func with(_ change: (inout Self) -> Void) -> Self {
        var changed = self
        change(&changed)
        return changed
    }

    /// Whether it is kept and told. What is not may be sent, and is forgotten.
    var isKept: Bool { mutability != .writeOnly }

    /// Whether a client may change it.
    var isWritable: Bool { mutability != .readOnly }

    /// The attribute of that name in `attributes`.
    static func named(_ name: String, in attributes: [SchemaAttribute]) -> SchemaAttribute? {
        named(folded: name.lowercased(), in: attributes)
    }

    /// The same by the name in lower case.
    static func named(folded name: String, in attributes: [SchemaAttribute]) -> SchemaAttribute? {
        attributes.first { $0.folded == name }
    }

    /// The part of that name.
    func part(_ name: String) -> SchemaAttribute? { Self.named(name, in: parts) }
}

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
