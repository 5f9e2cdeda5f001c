import JSON

extension Configuration {
    /// The JSON Schema of the file, for editors, generated from the list of keys. All editors support draft 7.
    static var schema: JSONValue {
        object(
            below: [],
            and: [
                "$schema": "http://json-schema.org/draft-07/schema#", "title": "Configuration of Jeton",
                "description":
                    "The file for `jeton serve --config`. `jeton check-config` checks more than this schema can.",
            ])
    }

    /// The schema of the value at `segments`.
    private static func schema(at segments: [String]) -> JSONValue {
        if let key = ConfigurationKey.all.first(where: { $0.segments == segments }) { return key.schema }
        return object(below: segments, and: [:])
    }

    private static func object(below segments: [String], and more: [String: JSONValue]) -> JSONValue {
        let keys = ConfigurationReader.keys(below: segments)
        // A section without keys (null) is allowed.
        var members: [String: JSONValue] = ["type": ["object", "null"], "additionalProperties": false]
        if keys == ["*"] {
            members["additionalProperties"] = schema(at: segments + ["*"])
            members["propertyNames"] = ["pattern": "^[a-z][a-z0-9-]{0,39}$"]
        } else {
            members["properties"] = .object(
                Dictionary(uniqueKeysWithValues: keys.map { ($0, schema(at: segments + [$0])) }))
        }
        return .object(members.merging(more) { $1 })
    }
}

extension ConfigurationKey {
    /// The schema of its value. A list may also be one string with commas.
    fileprivate var schema: JSONValue {
        var members: [String: JSONValue] = [:]
        if isList {
            // A service's list restricts it, which an empty one could not.
            let least: JSONValue = segments.contains("*") ? 1 : 0
            members["anyOf"] = [
                ["type": "array", "items": form.json, "minItems": least], ["type": ValueSchema.single],
            ]
        } else if case .object(let form) = form.json {
            members = form
        }
        members["description"] = .string("\(sentence)\n\nValue: \(notation). Default: \(standard).")
        return .object(members)
    }
}

/// The form of a value, as far as JSON Schema can express it.
enum ValueSchema: Hashable, Sendable {
    /// Any single value.
    case text
    /// One of these words.
    case words([String])
    /// `true` or `false`.
    case truth
    /// A whole number within a range.
    case number(ClosedRange<Int>)
    /// A string or number that matches a regular expression.
    case pattern(String)

    /// The raw values of an enumeration, in its order.
    static func words<Word: CaseIterable & RawRepresentable<String>>(of type: Word.Type) -> Self {
        .words(type.allCases.map(\.rawValue))
    }

    /// A YAML scalar: an unquoted title may be a number.
    static let single: JSONValue = ["string", "number", "boolean"]

    var json: JSONValue {
        switch self {
        case .text: ["type": Self.single]
        case .words(let words): ["enum": .strings(words)]
        case .truth: ["type": "boolean"]
        case .number(let range):
            [
                "type": "integer", "minimum": .integer(Int64(range.lowerBound)),
                "maximum": .integer(Int64(range.upperBound)),
            ]
        case .pattern(let pattern): ["type": ["string", "integer"], "pattern": .string(pattern)]
        }
    }
}
