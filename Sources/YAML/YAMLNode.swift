/// A piece of a YAML document, with the place where it begins.
public struct YAMLNode: Hashable, Sendable {
    /// What a node is.
    public enum Content: Hashable, Sendable {
        /// A text. `isPlain` where it stands without quotes, as `null` or nothing at all may mean "nothing".
        case scalar(String, isPlain: Bool)
        /// A list.
        case sequence([YAMLNode])
        /// Keys with their values, in the order of the document; no key stands twice.
        case mapping([Entry])
    }

    /// A key with its value.
    public struct Entry: Hashable, Sendable {
        /// The key.
        public let key: String
        /// Where the key begins.
        public let position: Position
        /// The value.
        public let value: YAMLNode
    }

    /// A place in a document, as editors count: from 1, in characters.
    public struct Position: Hashable, Sendable {
        /// The line.
        public let line: Int
        /// The character within the line.
        public let column: Int

        /// The very beginning.
        public static let start = Position(line: 1, column: 1)
    }

    /// What it is.
    public let content: Content
    /// Where it begins.
    public let position: Position

    /// Whether it says "nothing": an empty value, `null` or `~` (YAML 1.2, section 10.2.1.1).
    public var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}

/// Why a document was not read.
public struct YAMLFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where.
    public let position: YAMLNode.Position
    /// What is wrong there, without the place.
    public let description: String
}
