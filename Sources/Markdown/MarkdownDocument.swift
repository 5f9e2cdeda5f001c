internal import CMark

/// A text in CommonMark, as a list of blocks.
///
/// Headings and code blocks are plain text, which a page renders in its own way.
public struct MarkdownDocument: Sendable, Hashable {
    public enum Block: Sendable, Hashable {
        /// The level is 1 to 6.
        case heading(level: Int, text: String)
        /// A code block, without the final line break.
        case lines(String)
        /// Everything else.
        case prose(Prose)
    }

    public let blocks: [Block]

    /// Parses `text`; every text is valid Markdown.
    ///
    /// - Parameter linking: maps the URL of each link; `nil` replaces the link with its text.
    public init(_ text: String, linking: (String) -> String?) {
        // cmark gets the length, and replaces NUL with U+FFFD.
        guard let root = cmark_parse_document(text, text.utf8.count, CMARK_OPT_DEFAULT) else {
            blocks = []
            return
        }
        defer { cmark_node_free(root) }
        Self.relink(root, linking)
        var blocks: [Block] = []
        var next = cmark_node_first_child(root)
        while let node = next {
            blocks.append(Self.block(of: node))
            next = cmark_node_next(node)
        }
        self.blocks = blocks
    }

    private static func block(of node: OpaquePointer) -> Block {
        switch cmark_node_get_type(node) {
        case CMARK_NODE_HEADING:
            return .heading(level: Int(cmark_node_get_heading_level(node)), text: words(of: node))
        case CMARK_NODE_CODE_BLOCK:
            let lines = literal(of: node)
            return .lines(lines.hasSuffix("\n") ? String(lines.dropLast()) : lines)
        default:
            return .prose(Prose(rendered: rendered(node)))
        }
    }

    /// The text of a node, without markup.
    private static func words(of node: OpaquePointer) -> String {
        nodes(below: node).reduce(into: "") { text, node in
            switch cmark_node_get_type(node) {
            case CMARK_NODE_TEXT, CMARK_NODE_CODE: text += literal(of: node)
            case CMARK_NODE_SOFTBREAK, CMARK_NODE_LINEBREAK: text += " "
            default: break
            }
        }
    }

    private static func relink(_ root: OpaquePointer, _ linking: (String) -> String?) {
        for link in nodes(below: root) where cmark_node_get_type(link) == CMARK_NODE_LINK {
            let address = cmark_node_get_url(link).map { String(cString: $0) } ?? ""
            if let new = linking(address) {
                cmark_node_set_url(link, new)
                continue
            }
            while let child = cmark_node_first_child(link) { cmark_node_insert_before(link, child) }
            cmark_node_free(link)
        }
    }

    /// The node and its descendants, in order. They are collected first because cmark's iterator does not survive changes of
    /// the tree.
    private static func nodes(below root: OpaquePointer) -> [OpaquePointer] {
        let iterator = cmark_iter_new(root)
        defer { cmark_iter_free(iterator) }
        var nodes: [OpaquePointer] = []
        while true {
            let event = cmark_iter_next(iterator)
            if event == CMARK_EVENT_DONE { return nodes }
            if event == CMARK_EVENT_ENTER, let node = cmark_iter_get_node(iterator) { nodes.append(node) }
        }
    }

    private static func literal(of node: OpaquePointer) -> String {
        cmark_node_get_literal(node).map { String(cString: $0) } ?? ""
    }

    /// Without `CMARK_OPT_UNSAFE`, which would allow raw HTML and any URL scheme.
    private static func rendered(_ node: OpaquePointer) -> String {
        guard let html = cmark_render_html(node, CMARK_OPT_DEFAULT) else { return "" }
        defer { cmark_get_default_mem_allocator().pointee.free(html) }
        return String(cString: html)
    }
}

/// HTML that cmark rendered: paragraphs, lists, quotations.
///
/// Only this target can create it. It holds no raw HTML from the text and no links with an executable scheme, such as
/// `javascript:`.
public struct Prose: Sendable, Hashable {
    public let html: String

    init(rendered html: String) {
        self.html = html
    }
}
