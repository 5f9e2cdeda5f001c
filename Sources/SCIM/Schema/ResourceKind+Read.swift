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
        guard kind == .complex, hasRoom(for: given.count) else { throw .tooManyValues(of: name) }
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

    /// Whether it may have so many values.
    func hasRoom(for count: Int) -> Bool { namesResources || count <= ResourceKind.elementLimit }

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

extension JSONValue {
    /// This element with a `value`, which is the last part of the address in its `$ref` where it has none;
    /// `nil` where neither names a resource.
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
