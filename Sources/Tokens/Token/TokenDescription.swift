extension Token {
    /// The most characters of a ``description``.
    public static let descriptionLimit = 500

    /// `text` as a ``description``: without spaces around it, empty for none. Throws what is wrong with it.
    public static func description(from text: String) throws(TextFault) -> String {
        if text.unicodeScalars.allSatisfy({ $0.properties.isWhitespace && $0.value >= 0x20 }) { return "" }
        return try text.shown(limit: descriptionLimit)
    }
}
