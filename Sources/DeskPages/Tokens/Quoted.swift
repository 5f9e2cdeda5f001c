/// Texts written so that the language in which they stand reads them as they are. Logins may have any character
/// that can be seen but the colon, so what is to be pasted has to be quoted for where it goes.
enum Quoted {
    /// A word of a POSIX shell, in single quotes.
    static func shell(_ text: String) -> String { "'\(text.replacing("'", with: #"'\''"#))'" }

    /// The content of an XML element (XML 1.0, section 2.4).
    static func xml(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    /// A word of a `.netrc` file. In quotes where a reader would end it or take it for a comment: curl, wget and
    /// Python's netrc know quotes, with a backslash before a quote or a backslash within.
    static func netrc(_ text: String) -> String {
        let breaks = text.unicodeScalars.contains { " \"'\\#".unicodeScalars.contains($0) }
        guard breaks else { return text }
        return "\"\(text.replacing(#"\"#, with: #"\\"#).replacing("\"", with: #"\""#))\""
    }
}
