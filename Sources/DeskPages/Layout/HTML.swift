import Markdown

/// A piece of a page that can stand anywhere in another: what is text in it has been escaped.
///
/// ```swift
/// ul { for token in tokens { li { token.name.text } } }
/// ```
///
/// A string becomes HTML by way of ``init(text:)`` alone, which is what the builder does with every
/// string it meets. There is no way to put a string in as it is but ``init(verbatim:)``, which takes
/// only what stands literally in our own source, and ``init(prose:)``, which takes what cmark has made of
/// a guide.
struct HTML: Sendable, Hashable {
    /// The markup.
    private(set) var markup: String

    /// Nothing.
    static let none = HTML(markup: "")

    private init(markup: String) {
        self.markup = markup
    }

    /// `text` as a reader will see it, whatever it holds.
    init(text: String) {
        markup = Self.escaped(text)
    }

    /// Markup that stands in our own source, as it is.
    init(verbatim source: StaticString) {
        markup = source.description
    }

    /// What cmark has made of a guide that is built into the program, as it is: raw HTML is off there, and
    /// nobody but the Markdown target can make one.
    init(prose: Prose) {
        markup = prose.html
    }

    /// The pieces one after the other.
    init(joining pieces: [HTML]) {
        markup = pieces.reduce(into: "") { $0 += $1.markup }
    }

    /// An element with its end tag.
    init(_ tag: StaticString, _ attributes: [Attribute?], _ content: HTML) {
        markup = "<\(tag)\(Self.written(attributes))>\(content.markup)</\(tag)>"
    }

    /// An element that cannot hold anything (HTML, section 13.1.2: void elements).
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

    /// One escape serves text and quoted attribute values alike, so that neither can be taken for
    /// the other by mistake.
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
            // A browser may not be sent NUL (HTML, section 13.2.3.5); it would show this in its place.
            case "\0": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// Lets a page read as the page looks.
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
