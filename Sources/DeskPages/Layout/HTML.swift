import Markdown

/// A fragment of HTML in which all text has been escaped.
///
/// ```swift
/// ul { for token in tokens { li { token.name.text } } }
/// ```
///
/// The builder turns every string into HTML with ``init(text:)``, which escapes it. The only ways around that are
/// ``init(verbatim:)``, which takes a literal of this source, and ``init(prose:)``, which takes the output of cmark for
/// a guide.
struct HTML: Sendable, Hashable {
    private(set) var markup: String

    /// The empty fragment.
    static let none = HTML(markup: "")

    private init(markup: String) {
        self.markup = markup
    }

    /// Escapes `text`.
    init(text: String) {
        markup = Self.escaped(text)
    }

    /// Markup from a literal of this source.
    init(verbatim source: StaticString) {
        markup = source.description
    }

    /// The output of cmark for a guide. Raw HTML is off there, and only the Markdown target can create one.
    init(prose: Prose) {
        markup = prose.html
    }

    init(joining pieces: [HTML]) {
        markup = pieces.reduce(into: "") { $0 += $1.markup }
    }

    /// An element with its end tag.
    init(_ tag: StaticString, _ attributes: [Attribute?], _ content: HTML) {
        markup = "<\(tag)\(Self.written(attributes))>\(content.markup)</\(tag)>"
    }

    /// A void element (HTML, section 13.1.2).
    init(void tag: StaticString, _ attributes: [Attribute?]) {
        markup = "<\(tag)\(Self.written(attributes))>"
    }

    private static func written(_ attributes: [Attribute?]) -> String {
        attributes.reduce(into: "") { text, attribute in
            guard let attribute else { return }
            text += " \(attribute.name)"
            if let value = attribute.value { text += "=\"\(escaped(value))\"" }
        }
    }

    /// The same escaping serves text and quoted attribute values, so that they cannot be mixed up.
    private static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // NUL is not allowed (HTML, section 13.2.3.5); browsers show U+FFFD instead.
            case "\0": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// Builds a fragment from the strings and elements of a closure.
@resultBuilder
enum HTMLBuilder {
    static func buildExpression(_ text: String) -> HTML { HTML(text: text) }
    static func buildExpression(_ html: HTML) -> HTML { html }
    static func buildBlock(_ pieces: HTML...) -> HTML { HTML(joining: pieces) }
    static func buildOptional(_ piece: HTML?) -> HTML { piece ?? .none }
    static func buildEither(first piece: HTML) -> HTML { piece }
    static func buildEither(second piece: HTML) -> HTML { piece }
    static func buildArray(_ pieces: [HTML]) -> HTML { HTML(joining: pieces) }
}
