import Testing

@testable import Markdown

@Suite("Markdown becomes the blocks of a page")
struct MarkdownDocumentTests {
    @Test("headings and lines to paste come out as plain text, all else as HTML")
    func blocks() {
        let document = MarkdownDocument(
            "# With `.netrc` & *more*\n\nOne **word**.\n\n```sh\ncurl <x>\n\n--netrc\n```\n", linking: { $0 })
        #expect(
            document.blocks == [
                .heading(level: 1, text: "With .netrc & more"),
                .prose(Prose(rendered: "<p>One <strong>word</strong>.</p>\n")),
                .lines("curl <x>\n\n--netrc"),
            ])
    }

    @Test(
        "nothing that could run in a page passes",
        arguments: [
            "<script>alert(1)</script>", "a <b onclick=x>word</b>", "[x](javascript:alert(1))",
            "[x](vbscript:x)", "![x](javascript:alert(1))", "[x](data:text/html,<script>)",
            "<javascript:alert(1)>",
        ])
    func nothingRuns(text: String) {
        let html = MarkdownDocument(text, linking: { $0 }).html
        for bad in ["<script", "onclick", "href=\"javascript", "src=\"javascript", "vbscript:", "data:text"] {
            #expect(!html.contains(bad), "\(html)")
        }
    }

    @Test("an address is the page's to choose, and without one only the words stay")
    func links() {
        let document = MarkdownDocument(
            "See [**Maven**, too](maven.md) and [*that*](../away.md).",
            linking: { $0 == "maven.md" ? "/help/maven" : nil })
        #expect(
            document.html
                == "<p>See <a href=\"/help/maven\"><strong>Maven</strong>, too</a> and <em>that</em>.</p>\n")
    }

    @Test("an empty text has no blocks")
    func empty() {
        #expect(MarkdownDocument("", linking: { $0 }).blocks.isEmpty)
    }
}

extension MarkdownDocument {
    fileprivate var html: String {
        blocks.reduce(into: "") { html, block in
            if case .prose(let prose) = block { html += prose.html }
        }
    }
}
