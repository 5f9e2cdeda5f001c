@_spi(_Unicode) private import Swift

/// What is wrong with a text that a person typed. The sentence is written once, in ``description``.
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
    /// A login that is kept for service accounts.
    case keptForAccounts(String)
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
        case .keptForAccounts(let word):
            "must not be “\(word)”: logins like this one are kept for service accounts"
        case .notAnAddress: "must be an e-mail address such as alice@example.com"
        case .reserved(let word): "must not be “\(word)”: that word has a meaning of its own"
        case .sentByTools(let word):
            "must not be “\(word)”: tools send that word by themselves, beside anybody's token"
        }
    }
}

extension Unicode.Scalar {
    /// Whether it is invisible by itself, yet may be part of something visible, such as an emoji.
    var isShownByOthersOnly: Bool {
        properties.isDefaultIgnorableCodePoint && properties.generalCategory != .format || value == 0x200D
    }
}

extension String {
    /// Whether it is printable ASCII without spaces around it. Nearly all texts are, and a start checks all
    /// there are: Unicode's tables are not needed for these.
    fileprivate var isPlain: Bool {
        utf8.first != 0x20 && utf8.last != 0x20 && !isEmpty && utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    /// The text without surrounding spaces, safe to show in a list: 1 to `limit` characters, no control, no
    /// bidirectional and no invisible format characters.
    func shown(limit: Int) throws(TextFault) -> String {
        if isPlain, utf8.count <= limit { return self }
        // No acceptable text has more bytes, even with spaces around it. This bounds the work.
        guard utf8.count <= limit * 16 else { throw .tooLong(limit: limit) }
        let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
        var text = String(String.UnicodeScalarView(scalars))
        while let last = text.unicodeScalars.last, last.properties.isWhitespace {
            text.unicodeScalars.removeLast()
        }
        // A joiner, a variation selector or a Hangul filler alone is invisible.
        guard !text.unicodeScalars.allSatisfy({ $0.isShownByOthersOnly }) else { throw .empty }
        guard text.count <= limit, text.utf8.count <= limit * 8 else { throw .tooLong(limit: limit) }
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
                throw .controlCharacter
            // U+200D joins emoji; every other format character hides or reverses text.
            case .format where scalar.value != 0x200D: throw .bidirectionalCharacter
            default: break
            }
        }
        return text
    }
}

extension String {
    /// The form in which text that people type is compared, searched and kept unique: lower case, in
    /// Unicode's normalization form C. There is no other folding of logins, e-mail addresses, names of
    /// tokens, searches and keys of throttles. Folding a folded text changes nothing.
    ///
    /// U+212A, the Kelvin sign, folds to `k`, so two logins that look alike are the same.
    public var folded: String {
        var isLower = true
        for byte in utf8 {
            guard byte < 0x80 else { return normalized.lowercased().normalized }
            if byte.isUppercaseLetter { isLower = false }
        }
        return isLower ? self : lowercased()
    }

    /// The text in Unicode's normalization form C. The standard library offers it as SPI only.
    public var normalized: String {
        guard utf8.contains(where: { $0 >= 0x80 }) else { return self }
        var scalars = UnicodeScalarView()
        scalars.append(contentsOf: _nfc)
        return String(scalars)
    }
}

extension String {
    /// The text without white space around it.
    public var trimmed: String {
        let start = drop { $0.isWhitespace }
        return start.lastIndex { !$0.isWhitespace }.map { String(start[...$0]) } ?? ""
    }

    /// The text without a slash at its end, for a path to follow.
    public var withoutLastSlash: String { hasSuffix("/") ? String(dropLast()) : self }

    /// The text on one line: with spaces in place of line breaks and other control characters.
    public var oneLine: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    /// The beginning: as many whole Unicode scalars as fit into this many bytes of UTF-8. A number of
    /// characters would not be a bound, since one may have any number of combining marks.
    public func beginning(bytes most: Int) -> String {
        guard utf8.count > most else { return self }
        var end = utf8.index(startIndex, offsetBy: most)
        // Continuation bytes (RFC 3629, section 3) begin with the bits 10.
        while end > startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}

extension Collection<String> {
    /// The first of them and the number of the others: `alice, bob and 3 more`.
    public func words(first most: Int) -> String {
        prefix(most).joined(separator: ", ") + (count > most ? " and \(count - most) more" : "")
    }
}
