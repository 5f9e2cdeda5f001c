/// A node of a YAML document, with its position.
public struct YAMLNode: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        /// A text. `isPlain` means without quotes: only then do `null` and an empty text mean null.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// The entries in the document's order; keys are unique.
        case mapping([Entry])
    }

    public struct Entry: Hashable, Sendable {
        public let key: String
        /// The start of the key.
        public let position: Position
        public let value: YAMLNode
    }

    /// A position as in editors: counted from 1, in characters.
    public struct Position: Hashable, Sendable {
        public let line: Int
        public let column: Int

        public static let start = Position(line: 1, column: 1)
    }

    public let content: Content
    /// The start of the node.
    public let position: Position

    /// Whether it is null: an empty value, `null` or `~` (YAML 1.2, section 10.2.1.1).
    public var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}

/// A document that cannot be read.
public struct YAMLFault: Error, Hashable, Sendable, CustomStringConvertible {
    public let position: YAMLNode.Position
    /// What is wrong, without the position.
    public let description: String
}
