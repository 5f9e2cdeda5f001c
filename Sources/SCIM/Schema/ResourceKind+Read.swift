import JSON

extension ResourceKind {
    /// In bytes.
    static let textLimit = 1024
    /// The most values of an attribute of a person. The members of a group are limited by the size of the body alone.
    static let elementLimit = 100

    /// The attributes that a client sent, with the names and types of the schema. Leaves out unknown attributes (RFC
    /// 7644, section 3.3), and those that are read-only or not kept.
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

    /// A name without the schema's URI as its prefix (RFC 7644, section 3.10).
    func bare(_ name: String) -> String {
        let prefix = schema.lowercased() + ":"
        return name.lowercased().hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    }
}

extension SchemaAttribute {
    /// The value in this attribute's type; `nil` for no value: null, an empty list, or nothing known (RFC 7643,
    /// section 2.5).
    func read(_ value: JSONValue) throws(SCIMFault) -> JSONValue? {
        if value == .null { return .none }
        guard isMultiValued else { return try readOne(value) }
        let given = value.array ?? [value]
        guard type == .complex, hasRoom(for: given.count) else { throw .tooManyValues(of: name) }
        var elements: [JSONValue] = []
        for element in given {
            let read = try readOne(element)
            if namesResources {
                guard let named = read?.naming(part("$ref")) else { throw .noSuchMember }
                elements.append(named)
            } else if let read {
                elements.append(read)
            }
        }
        if elements.count(where: { $0["primary"] == true }) > 1 {
            throw .invalidValue("\(name) must have at most one value that is primary")
        }
        return elements.isEmpty ? .none : .some(.array(elements))
    }

    func hasRoom(for count: Int) -> Bool { namesResources || count <= ResourceKind.elementLimit }

    private func readOne(_ value: JSONValue) throws(SCIMFault) -> JSONValue? {
        switch (type, value) {
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
        default: throw .invalidValue("\(name) must be \(type.words), but is \(value.kind)")
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

extension JSONValue {
    /// This element with a `value`, taken from the end of the address in `$ref` if it has none; `nil` if neither names a
    /// resource.
    fileprivate func naming(_ reference: SchemaAttribute?) -> JSONValue? {
        guard case .object(var parts) = self else { return nil }
        if parts["value"] != nil { return self }
        let pieces = parts["$ref"]?.string?.split(separator: "/", omittingEmptySubsequences: false) ?? []
        guard pieces.count >= 2, let id = pieces.last, !id.isEmpty,
            reference?.referenceTypes.contains(where: { "\($0)s" == pieces[pieces.count - 2] }) == true
        else { return nil }
        parts["value"] = .string(String(id))
        return .object(parts)
    }
}

extension SCIMFault {
    static func tooManyValues(of name: String) -> SCIMFault {
        .invalidValue("\(name) must have at most \(ResourceKind.elementLimit) values")
    }
}

extension SchemaAttribute.DataType {
    fileprivate var words: String {
        switch self {
        case .string, .reference: "a string"
        case .boolean: "a boolean"
        case .dateTime: "a date and time"
        case .complex: "an object"
        }
    }
}
