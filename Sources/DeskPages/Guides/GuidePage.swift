import HTTPServer
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

/// The guides for clients, for anybody.
extension DeskPages {
    func addGuideRoutes(to router: inout Router) {
        router.on("GET", "/help") { request in
            try await answer(request) { $0.answer(GuidePage(guide: .index)) }
        }
        router.on("GET", "/help/{guide}") { (request, name: String) in
            try await answer(request) { visit in
                guard let guide = Guide.named(name) else {
                    return visit.answer(ErrorPage.notFound, status: 404)
                }
                return visit.answer(GuidePage(guide: guide))
            }
        }
    }
}
