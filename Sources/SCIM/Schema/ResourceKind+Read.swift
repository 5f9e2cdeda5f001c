import JSON

extension ResourceKind {
    /// The most bytes of one text.
    static let textLimit = 1024
    /// The most elements of an attribute of a person; the members of a group are bounded by the body alone.
    static let elementLimit = 100

    /// What a client sent, in the names and types of the schema, and without what is not to be changed or
    /// not kept. Unknown attributes are left out (RFC 7644, section 3.3).
    func read(_ members: [String: JSONValue]) throws(SCIMFault) -> [String: JSONValue] {
        var known: [String: JSONValue] = [:]
        for (name, value) in members {
            guard let attribute = attribute(bare(name)), attribute.isWritable, attribute.isKept,
                let value = try attribute.read(value)
            else { continue }
            known[attribute.name] = value
        }
        return known
    }

    /// A name without the schema's own before it (RFC 7644, section 3.10).
    func bare(_ name: String) -> String {
        let prefix = schema.lowercased() + ":"
        return name.lowercased().hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    }
}

extension SchemaAttribute {
    /// The value in this attribute's type; `nil` where it has none: null, an empty list, or nothing that is
    /// known (RFC 7643, section 2.5).
    func read(_ value: JSONValue) throws(SCIMFault) -> JSONValue? {
        if value == .null { return .none }
        guard isMultiValued else { return try readOne(value) }
        let given = value.array ?? [value]
        guard kind == .complex, name == "members" || given.count <= ResourceKind.elementLimit else {
            throw .invalidValue("\(name) must have at most \(ResourceKind.elementLimit) values")
        }
        var elements: [JSONValue] = []
        for element in given {
            if let element = try readOne(element) { elements.append(element) }
        }
        if elements.count(where: { $0["primary"] == true }) > 1 {
            throw .invalidValue("\(name) must have at most one value that is primary")
        }
        return elements.isEmpty ? .none : .some(.array(elements))
    }

    private func readOne(_ value: JSONValue) throws(SCIMFault) -> JSONValue? {
        switch (kind, value) {
        case (_, .null): return .none
        case (.boolean, .bool): return value
        case (.boolean, .string(let text)):
            // Entra sends "True" and "False".
            switch text.lowercased() {
            case "true": return true
            case "false": return false
            default: throw .invalidValue("\(name) must be true or false")
            }
        case (.complex, .object(let members)): return try readParts(members)
        case (.complex, .string) where part("value") != nil: return try readParts(["value": value])
        case (.string, .string(let text)), (.reference, .string(let text)), (.dateTime, .string(let text)):
            guard text.utf8.count <= ResourceKind.textLimit else {
                throw .invalidValue("\(name) must have at most \(ResourceKind.textLimit) bytes")
            }
            return text.isEmpty ? .none : .some(value)
        default: throw .invalidValue("\(name) must be \(kind.words), but is \(value.kind)")
        }
    }

    private func readParts(_ members: [String: JSONValue]) throws(SCIMFault) -> JSONValue? {
        var known: [String: JSONValue] = [:]
        for (name, value) in members {
            guard let part = part(name), let value = try part.read(value) else { continue }
            known[part.name] = value
        }
        return known.isEmpty ? .none : .some(.object(known))
    }
}

extension SchemaAttribute.Kind {
    fileprivate var words: String {
        switch self {
        case .string, .reference: "a string"
        case .boolean: "a boolean"
        case .dateTime: "a date and time"
        case .complex: "an object"
        }
    }
}
