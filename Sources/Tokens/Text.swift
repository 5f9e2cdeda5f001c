/// What is wrong with a text that a person gave. The sentence is written once, in ``description``.
public enum TextFault: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case tooLong(limit: Int)
    case tooShort(limit: Int)
    case controlCharacter
    case bidirectionalCharacter
    case badCharacter(Character, allowed: String)
    case reserved(String)
    /// A login that tools send beside anybody's token.
    case sentByTools(String)
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
        case .sentByTools(let word):
            "must not be “\(word)”: tools send that word by themselves, beside anybody's token"
        }
    }
}

extension UInt8 {
    /// Whether it is one of the ASCII characters that a login may have; most are made of these alone.
    fileprivate var isPlainInLogins: Bool { (0x20...0x7E).contains(self) && self != UInt8(ascii: ":") }
}

extension Unicode.Scalar {
    /// Whether it has no look of its own, yet may be part of what has one, such as an emoji.
    fileprivate var isShownByOthersOnly: Bool {
        properties.isDefaultIgnorableCodePoint && properties.generalCategory != .format || value == 0x200D
    }
}

extension Unicode.Scalar {
    /// Whether a login may have it: of the spaces U+0020 alone, since the others look like it.
    fileprivate var isGoodInLogins: Bool {
        switch properties.generalCategory {
        case .spaceSeparator: value == 0x20
        case .privateUse: false
        default: value != 0x3A
        }
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

    /// Whether both are one name to their owner, see ``Swift/String/folded``.
    public func isSame(as other: TokenName) -> Bool { text.folded.isExactly(other.text.folded) }
}

/// What people call a person: 1 to 100 characters.
public struct PersonName: Hashable, Sendable, CustomStringConvertible {
    /// The name as it is shown, without spaces around it.
    public let text: String

    /// The most characters a name has.
    public static let limit = 100

    /// Takes `text` where it can be shown in a list, or says what is wrong with it.
    public init(_ text: String) throws(TextFault) {
        self.text = try text.shown(limit: Self.limit)
    }

    /// What to call somebody of whom nothing but a login is told: the login, cut where it is too long for a name.
    public init(standingFor login: Login) {
        let isShort = login.text.count <= Self.limit && login.text.utf8.count <= Self.limit * 8
        let start = login.text.unicodeScalars.prefix(Self.limit - 1)
        text = isShort ? login.text : String(String.UnicodeScalarView(start)) + "…"
    }

    public var description: String { text }
}

/// An address of electronic mail, as far as it can be told without sending to it: at most 254 bytes
/// (RFC 5321, section 4.5.3.1.3).
public struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as it was given.
    public let text: String

    /// The most bytes of an address.
    public static let limit = 254

    /// Takes `text` where it has one `@` with something on both sides and no spaces.
    public init(_ text: String) throws(TextFault) {
        let shown = try text.shown(limit: Self.limit)
        guard shown.utf8.count <= Self.limit else { throw .tooLong(limit: Self.limit) }
        // Not by characters: a mark that combines with an `@` or a colon would hide it.
        let parts = shown.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            !shown.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0 == ":" })
        else { throw .notAnAddress }
        self.text = shown
    }

    public var description: String { text }
}

/// A subject's name in Basic auth: 1 to 254 characters that can be seen, spaces between them included, but
/// no colon (RFC 7617, section 2). Two that fold alike are the same, see ``folded``.
///
/// Directories hand out `siobhan.o'brien@example.com` and `guest_example.com#EXT#@tenant.example`. Whatever
/// shows or sends a login has to quote it for the place where it stands.
public struct Login: Hashable, Sendable, CustomStringConvertible {
    /// The login as it is shown.
    public let text: String
    /// The form in which logins are compared and are unique, see ``Swift/String/folded``.
    public let folded: String

    /// The most characters a login has.
    public static let limit = 254
    /// The most bytes of a login, and of its folded form: an index has room for it, and a header.
    public static let byteLimit = 4 * limit

    /// Takes `text` where it can be a login, or says what is wrong with it.
    public init(_ text: String) throws(TextFault) {
        let shown = try text.shown(limit: Self.limit)
        if !shown.utf8.allSatisfy(\.isPlainInLogins) { try Self.check(shown) }
        let folded = shown.folded
        guard max(shown.utf8.count, folded.utf8.count) <= Self.byteLimit else {
            throw .tooLong(limit: Self.limit)
        }
        self.text = shown
        self.folded = folded.isExactly(shown) ? shown : folded
    }

    private static func check(_ shown: String) throws(TextFault) {
        // Two logins that look the same must be the same.
        guard !shown.unicodeScalars.contains(where: { $0.isShownByOthersOnly }) else {
            throw .bidirectionalCharacter
        }
        // Not by characters: a mark that combines with a colon would hide it.
        for scalar in shown.unicodeScalars where !scalar.isGoodInLogins {
            throw .badCharacter(Character(scalar), allowed: "any characters that can be seen but the colon")
        }
    }

    public var description: String { text }

    public static func == (left: Self, right: Self) -> Bool { left.folded.isExactly(right.folded) }

    public func hash(into hasher: inout Hasher) { hasher.combine(ExactText(folded)) }
}
