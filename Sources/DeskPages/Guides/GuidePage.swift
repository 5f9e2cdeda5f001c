import Desk
import HTTPServer
import Markdown
import SignIn
import Tokens

/// A setup guide, or the list of them; public, since it contains no secret.
struct GuidePage: Page {
    let guide: Guide
    var reader = GuideReader(desk: "https://tokens.example.com")

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

    /// - Parameter number: distinguishes the boxes for screen readers.
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
            linesToPaste(reader.filled(lines), label: "Lines to paste \(number)", copy: "lines \(number)")
        case .prose(let prose):
            HTML(prose: prose)
        }
    }
}

extension DeskPages {
    func addGuideRoutes(to router: inout Router) {
        router.on("GET", "/help") { request in
            try await answer(request) { visit in
                let index = speaksNuxeo ? Guide.index : .indexWithoutNuxeo
                return visit.answer(GuidePage(guide: index, reader: reader(of: visit)))
            }
        }
        router.on("GET", "/help/{guide}") { (request, name: String) in
            try await answer(request) { visit in
                guard let guide = guides.first(where: { $0.name == name }) else {
                    return visit.answer(ErrorPage.notFound, status: 404)
                }
                return visit.answer(GuidePage(guide: guide, reader: reader(of: visit)))
            }
        }
    }

    /// The guides for what this desk does.
    var guides: [Guide] { Guide.all.filter { speaksNuxeo || $0.name != "nuxeo" } }

    private func reader(of visit: Visit) -> GuideReader {
        let subject = visit.visitor?.subject
        return GuideReader(
            desk: address, login: subject?.login.text,
            services: subject.map { parts.tokens.services(for: $0) } ?? [])
    }
}
