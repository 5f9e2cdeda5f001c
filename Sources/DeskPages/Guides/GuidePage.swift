import Markdown

/// A guide, or the list of them. It holds no secret, and anybody may read it.
struct GuidePage: Page {
    let guide: Guide

    var title: String { guide.title }

    private var isIndex: Bool { guide.name == Guide.index.name }

    var content: HTML {
        if !isIndex {
            p(.class("back")) { a(.href(.help)) { Guide.index.title } }
        }
        section(.class("card medium guide"), .labelledBy("title")) {
            h1(.id("title")) { guide.title }
            for (number, block) in guide.blocks.enumerated() { html(of: block, number) }
        }
    }

    /// - Parameter number: tells boxes of lines apart for those who listen.
    @HTMLBuilder
    private func html(of block: MarkdownDocument.Block, _ number: Int) -> HTML {
        switch block {
        case .heading(let level, let text):
            if level <= 2 {
                h2(.id(Guide.id(ofHeading: text))) { text }
            } else {
                h3(.id(Guide.id(ofHeading: text))) { text }
            }
        case .lines(let lines):
            linesToPaste(lines, label: "Lines to paste \(number)", copy: "lines \(number)")
        case .prose(let prose):
            HTML(prose: prose)
        }
    }
}

/// Lines that a person copies, in a box that scrolls on its own; `desk.js` puts a button beside it.
func linesToPaste(_ lines: String, label: String, copy: String) -> HTML {
    div(.class("lines")) {
        pre(.tabStop, .role("region"), .label(label), .data("copy", copy), .translateNo) { lines }
    }
}
