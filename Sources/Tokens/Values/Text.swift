@_spi(_Unicode) private import Swift

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

extension Unicode.Scalar {
    /// Whether it has no look of its own, yet may be part of what has one, such as an emoji.
    var isShownByOthersOnly: Bool {
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

extension String {
    /// The form in which what people type is compared, found and unique: lower case, in Unicode's
    /// normalization form C. It is the one folding of logins, e-mail addresses, names of tokens, searches
    /// and the keys by which attempts are counted. Folding a folded text changes nothing.
    ///
    /// U+212A, the Kelvin sign, folds to `k`: two logins that look alike are one.
    public var folded: String {
        var isLower = true
        for byte in utf8 {
            guard byte < 0x80 else { return normalized.lowercased().normalized }
            if byte.isUppercaseLetter { isLower = false }
        }
        return isLower ? self : lowercased()
    }

    /// The text in Unicode's normalization form C. The standard library has it, and offers it only to who
    /// asks in this way.
    public var normalized: String {
        guard utf8.contains(where: { $0 >= 0x80 }) else { return self }
        var scalars = UnicodeScalarView()
        scalars.append(contentsOf: _nfc)
        return String(scalars)
    }
}

extension String {
    /// Its beginning: as many whole Unicode scalars as have at most so many bytes of UTF-8. A count of characters
    /// would bound nothing, since one may have any number of combining marks.
    public func beginning(bytes most: Int) -> String {
        guard utf8.count > most else { return self }
        var end = utf8.index(startIndex, offsetBy: most)
        // What continues a scalar (RFC 3629, section 3) begins with the bits 10.
        while end > startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
