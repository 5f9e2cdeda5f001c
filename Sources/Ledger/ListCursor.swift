public import Tokens

/// A place in a list of tokens.
public typealias TokenCursor = ListCursor<TokenSecret>

/// A place in a list of people or service accounts.
public typealias SubjectCursor = ListCursor<Subject>

/// A place in an ordered list: that of the last row which was read.
public struct ListCursor<Kind>: Hashable, Sendable {
    /// The row's identifier, which decides the order of rows that are equal otherwise.
    public let id: Identifier<Kind>
    /// What the list is ordered by before that.
    public let key: CursorKey

    public init(_ id: Identifier<Kind>, _ key: CursorKey = .none) {
        self.id = id
        self.key = key
    }

    /// The text form: the identifier, then `-` and a number, or `.` and a text.
    public var text: String {
        switch key {
        case .none: id.text
        case .number(let number): "\(id)-\(number)"
        case .text(let text): "\(id).\(text)"
        }
    }

    /// Reads ``text``; `nil` for anything else.
    public init?(_ text: String) {
        // By scalars: a name may begin with a combining character.
        let scalars = text.unicodeScalars
        guard let id = Identifier<Kind>(String(scalars.prefix(13))) else { return nil }
        let rest = String(scalars.dropFirst(14))
        switch scalars.dropFirst(13).first {
        case nil: self.init(id)
        case ".": self.init(id, .text(rest))
        case "-":
            guard let number = Int64(rest) else { return nil }
            self.init(id, .number(number))
        default: return nil
        }
    }
}

/// What a list is ordered by, apart from the identifier.
public enum CursorKey: Hashable, Sendable {
    case none
    case number(Int64)
    case text(String)
}

extension ListCursor<TokenSecret> {
    /// The current secret of the token.
    public var secret: SecretID { id }
}
