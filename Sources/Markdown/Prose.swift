/// HTML that cmark has made of Markdown: paragraphs, lists, quotations.
///
/// Only this target can make one. Raw HTML of the text has been left out of it, and so have links
/// with a scheme that runs something, such as `javascript:`.
public struct Prose: Sendable, Hashable {
    /// The markup, ready to stand in a page.
    public let html: String

    init(rendered html: String) {
        self.html = html
    }
}
