internal import CMark

/// A text in CommonMark, as the blocks that follow one another on a page.
///
/// Headings and lines to paste come out as plain text, so that the page gives them its own form.
public struct MarkdownDocument: Sendable, Hashable {
    /// One piece of the text.
    public enum Block: Sendable, Hashable {
        /// A heading of level 1 to 6.
        case heading(level: Int, text: String)
        /// A code block, without the line break at its end.
        case lines(String)
        /// All else.
        case prose(Prose)
    }

    /// The pieces in their order.
    public let blocks: [Block]

    /// Reads `text`; every text is Markdown, so this never fails.
    ///
    /// - Parameter linking: what a link's address becomes on the page; `nil` leaves its words alone.
    public init(_ text: String, linking: (String) -> String?) {
        // NUL ends nothing here: cmark is told the length, and puts U+FFFD in its place.
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

    /// What a reader sees of a node, without its markup.
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

    /// The node and all below it, in the order of the text. They are gathered before anything is
    /// changed, since cmark's iterator does not outlive a change of the tree.
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

    /// Without `CMARK_OPT_UNSAFE`, which would let raw HTML and every scheme through.
    private static func rendered(_ node: OpaquePointer) -> String {
        guard let html = cmark_render_html(node, CMARK_OPT_DEFAULT) else { return "" }
        defer { cmark_get_default_mem_allocator().pointee.free(html) }
        return String(cString: html)
    }
}
