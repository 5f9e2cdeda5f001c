import JSON

/// What editors are told of a value: as much of its form as JSON Schema says.
enum ValueSchema: Hashable, Sendable {
    /// Any single value.
    case text
    /// One of these words.
    case words([String])
    /// `true` or `false`.
    case truth
    /// A whole number within a range.
    case number(ClosedRange<Int>)
    /// What fits a regular expression.
    case pattern(String)

    /// The words of an enumeration, in its order.
    static func words<Word: CaseIterable & RawRepresentable<String>>(of type: Word.Type) -> Self {
        .words(type.allCases.map(\.rawValue))
    }

    /// Something that YAML reads as one value: an unquoted title may be a number there.
    static let single: JSONValue = ["string", "number", "boolean"]

    var json: JSONValue {
        switch self {
        case .text: ["type": Self.single]
        case .words(let words): ["enum": .array(words.map { .string($0) })]
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
