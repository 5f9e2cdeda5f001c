@_spi(_Unicode) private import Swift

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
