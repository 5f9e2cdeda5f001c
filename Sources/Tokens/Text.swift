/// What is wrong with a text that a person gave. The sentence is written once, in ``description``.
public enum TextFault: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case tooLong(limit: Int)
    case tooShort(limit: Int)
    case controlCharacter
    case bidirectionalCharacter
    case badCharacter(Character, allowed: String)
    case reserved(String)
    case notAnAddress

    public var description: String {
        switch self {
        case .empty: "must not be empty"
        case .tooLong(let limit): "must have at most \(limit) characters"
        case .tooShort(let limit): "must have at least \(limit) characters"
        case .controlCharacter: "must not hold control characters or line breaks"
        case .bidirectionalCharacter:
            "must not hold invisible characters that change the direction or the joining of text"
        case .badCharacter(let character, let allowed): "must not hold “\(character)”: use \(allowed)"
        case .notAnAddress: "must be an e-mail address such as alice@example.com"
        case .reserved(let word): "must not be “\(word)”: that word has a meaning of its own"
        }
    }
}

extension UInt8 {
    /// Whether it is one of the ASCII characters that a login may have; most are made of these alone.
    fileprivate var isPlainInLogins: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "@"), UInt8(ascii: "+"):
            true
        default: false
        }
    }
}

extension Unicode.Scalar {
    /// Whether it has no look of its own, yet may be part of what has one, such as an emoji.
    fileprivate var isShownByOthersOnly: Bool {
        properties.isDefaultIgnorableCodePoint && properties.generalCategory != .format || value == 0x200D
    }
}

extension String {
    /// Whether there is nothing in it but ASCII characters that are seen, and spaces between them. Nearly all
    /// texts are so, and a start reads all that there are: for these Unicode's tables need not be asked.
    fileprivate var isPlain: Bool {
        utf8.first != 0x20 && utf8.last != 0x20 && !isEmpty && utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    /// The text without spaces around it, where a person may read it safely in a list of others:
    /// 1 to `limit` characters, no control, no bidirectional and no invisible format characters.
    func shown(limit: Int) throws(TextFault) -> String {
        if isPlain, utf8.count <= limit { return self }
        // No text that can be taken has more, with spaces around it; so what is read is bounded, too.
        guard utf8.count <= limit * 16 else { throw .tooLong(limit: limit) }
        let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
        var text = String(String.UnicodeScalarView(scalars))
        while let last = text.unicodeScalars.last, last.properties.isWhitespace {
            text.unicodeScalars.removeLast()
        }
        // A joiner, a variation selector or a Hangul filler alone cannot be seen.
        guard !text.unicodeScalars.allSatisfy({ $0.isShownByOthersOnly }) else { throw .empty }
        guard text.count <= limit, text.utf8.count <= limit * 8 else { throw .tooLong(limit: limit) }
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
                throw .controlCharacter
            // U+200D joins emoji; every other format character hides or turns text round.
            case .format where scalar.value != 0x200D: throw .bidirectionalCharacter
            default: break
            }
        }
        return text
    }
}

/// What a token is called, so that its owner will find it again: 1 to 100 characters.
///
/// Unique among its owner's live tokens, without regard to case.
public struct TokenName: Hashable, Sendable, CustomStringConvertible {
    /// The name as it is shown, without spaces around it.
    public let text: String

    /// The most characters a name has.
    public static let limit = 100

    /// Takes `text` where it can be shown in a list, or says what is wrong with it.
    public init(_ text: String) throws(TextFault) {
        self.text = try text.shown(limit: Self.limit)
    }

    public var description: String { text }

    /// Whether it differs in case at the most.
    public func isSame(as other: TokenName) -> Bool { text.lowercased() == other.text.lowercased() }
}

/// What people call a person: 1 to 100 characters.
public struct PersonName: Hashable, Sendable, CustomStringConvertible {
    /// The name as it is shown, without spaces around it.
    public let text: String

    /// Takes `text` where it can be shown in a list, or says what is wrong with it.
    public init(_ text: String) throws(TextFault) {
        self.text = try text.shown(limit: 100)
    }

    public var description: String { text }
}

/// An address of electronic mail, as far as it can be told without sending to it (RFC 5321's lengths).
public struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as it was given.
    public let text: String

    /// Takes `text` where it has one `@` with something on both sides and no spaces.
    public init(_ text: String) throws(TextFault) {
        let shown = try text.shown(limit: 254)
        let parts = shown.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            !shown.contains(where: { $0.isWhitespace || $0 == ":" })
        else { throw .notAnAddress }
        self.text = shown
    }

    public var description: String { text }
}

/// A subject's name in Basic auth: 1 to 64 characters of `a-z A-Z 0-9 . _ - @ +` and letters of
/// other scripts, no colon (RFC 7617), compared without regard to case.
public struct Login: Hashable, Sendable, CustomStringConvertible {
    /// The login as it is shown.
    public let text: String

    /// The most characters a login has.
    public static let limit = 64

    /// Takes `text` where it can be a login, or says what is wrong with it.
    public init(_ text: String) throws(TextFault) {
        let shown = try text.shown(limit: Self.limit)
        if !shown.utf8.allSatisfy(\.isPlainInLogins) { try Self.check(shown) }
        guard !Self.anyone.contains(shown.lowercased()) else {
            throw .reserved(shown)
        }
        self.text = shown
    }

    private static func check(_ shown: String) throws(TextFault) {
        guard !shown.unicodeScalars.contains(where: { $0.isShownByOthersOnly }) else {
            // Two logins that look the same must be the same.
            throw .bidirectionalCharacter
        }
        for character in shown {
            guard character.asciiValue?.isPlainInLogins ?? (character.isLetter || character.isNumber) else {
                throw .badCharacter(character, allowed: "letters, digits and . _ - @ +")
            }
        }
    }

    /// The form in which logins are compared and are unique.
    public var folded: String { text.lowercased() }

    public var description: String { text }

    /// What clients write where they have no login to give; the token alone then says whose it is.
    static let anyone: Set<String> = ["__token__", "token", "oauth2", "x-access-token"]

    public static func == (left: Self, right: Self) -> Bool { left.folded == right.folded }

    public func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}
