import JSON

/// A parameter, or a member of an object.
struct APIField: Sendable {
    let name: String
    /// What its value is: `string`, `array of Token`, `string or null`.
    let type: String
    /// The schema that the type names; `nil` for none.
    let schema: String?
    /// The values that it may have; empty for any.
    let choices: [String]
    let description: String
    let isRequired: Bool

    init(name: String, schema: JSONValue, description: String?, isRequired: Bool) {
        self.name = name
        self.isRequired = isRequired
        type = APISchema.words(for: schema)
        self.schema = APISchema.name(in: schema)
        choices = (schema["enum"] ?? schema["items"]?["enum"])?.array?.compactMap(\.string) ?? []
        self.description = description ?? schema["description"]?.string ?? ""
    }
}

/// An object in a body, by its name.
struct APISchema: Sendable {
    let name: String
    /// The schema whose members it has as well; `nil` for none.
    let base: String?
    let fields: [APIField]

    private init(_ name: String, in document: JSONValue) {
        self.name = name
        let schema = document.schema(name)
        let parts = [schema] + (schema["allOf"]?.array ?? [])
        base = schema["allOf"]?.array?.lazy.compactMap { Self.name(in: $0) }.first
        fields = parts.flatMap { part -> [APIField] in
            guard case .object(let members)? = part["properties"] else { return [] }
            let required = part["required"]?.array?.compactMap(\.string) ?? []
            return members.sorted { $0.key < $1.key }.map { member in
                APIField(
                    name: member.key, schema: member.value, description: nil,
                    isRequired: required.contains(member.key))
            }
        }
    }

    /// The schemas of these names, and those that they refer to, by name.
    static func all(from names: [String], in document: JSONValue) -> [APISchema] {
        var found: [String: APISchema] = [:]
        var open = names
        while let name = open.popLast() {
            guard found[name] == nil else { continue }
            let schema = APISchema(name, in: document)
            found[name] = schema
            open += schema.fields.compactMap(\.schema) + [schema.base].compactMap(\.self)
        }
        return found.values.sorted { $0.name < $1.name }
    }

    /// The name of the schema that a schema, or its elements, or one of its choices, refers to.
    static func name(in schema: JSONValue) -> String? {
        if let reference = schema["$ref"]?.string {
            return reference.split(separator: "/").last.map(String.init)
        }
        if let items = schema["items"] { return name(in: items) }
        return schema["anyOf"]?.array?.lazy.compactMap { name(in: $0) }.first
    }

    /// What a value of a schema is, in words.
    static func words(for schema: JSONValue) -> String {
        if schema["$ref"] != nil { return name(in: schema) ?? "" }
        if let choices = schema["anyOf"]?.array {
            return choices.map { words(for: $0) }.joined(separator: " or ")
        }
        let types = schema["type"]?.string.map { [$0] } ?? schema["type"]?.array?.compactMap(\.string) ?? []
        let named = types.map { type in
            guard type == "array", let items = schema["items"] else { return type }
            return "array of \(words(for: items))"
        }
        let format = schema["format"]?.string.map { " (\($0))" } ?? ""
        return named.joined(separator: " or ") + format
    }

    /// An example: the members that have to be there, or the first one where none has.
    static func example(of schema: JSONValue, in document: JSONValue) -> JSONValue {
        let schema = document.resolving(schema)
        if let known = schema["default"] ?? schema["enum"]?.array?.first { return known }
        let type = schema["type"]?.string ?? schema["type"]?.array?.first?.string
        switch type {
        case "object":
            guard case .object(let members)? = schema["properties"] else { return .object([:]) }
            let required = schema["required"]?.array?.compactMap(\.string) ?? []
            let names = required.isEmpty ? Array(members.keys.sorted().prefix(1)) : required
            return .object(
                Dictionary(
                    names.compactMap { name in members[name].map { (name, example(of: $0, in: document)) } },
                    uniquingKeysWith: { first, _ in first }))
        case "array": return .array((schema["items"]).map { [example(of: $0, in: document)] } ?? [])
        case "integer": return schema["minimum"] ?? .integer(60)
        case "boolean": return .bool(true)
        default: return .string(schema["format"]?.string == "date" ? "2027-01-31" : "…")
        }
    }
}

extension JSONValue {
    /// A schema by its name.
    fileprivate func schema(_ name: String) -> JSONValue { self["components"]?["schemas"]?[name] ?? .null }

    /// What a value refers to by `$ref` within this document, or the value itself.
    func resolving(_ value: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.string else { return value }
        return reference.split(separator: "/").dropFirst().reduce(self) { $0[String($1)] ?? .null }
    }
}
