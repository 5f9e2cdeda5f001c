import HTTPServer
import Markdown
import Testing

@testable import DeskPages

extension Guide: CustomTestStringConvertible {
    public var testDescription: String { name }
}

@Suite("The guides")
struct PagesGuideTests {
    @Test("are there for anybody, and the index leads to each")
    func forAnybody() async throws {
        let browser = PagesBrowser(try PagesHouse().application)
        let index = await browser.get("/help")
        #expect(index.status == 200)
        for guide in Guide.all {
            #expect(index.text.contains("<a href=\"/help/\(guide.name)\">"), "\(guide.name)")
            let page = await browser.get("/help/\(guide.name)")
            #expect(page.status == 200)
            #expect(page.text.contains("<h1 id=\"title\">\(HTML(text: guide.title).markup)</h1>"))
        }
        #expect(await browser.get("/help/README").status == 404)
        #expect(await browser.get("/help/none").status == 404)
    }

    @Test("speak to who reads them: of no test and of nothing to configure", arguments: Guide.all.map(\.name))
    func readers(name: String) throws {
        let page = try #require(Guide.named(name))
        let text = GuidePage(guide: page).content.markup
        for word in ["ried here", "Tests/", "jeton.yaml", "enabled: true", "services:"] {
            #expect(!text.contains(word))
        }
    }

    @Test("lead only to each other and to headings that are there", arguments: [Guide.index] + Guide.all)
    func links(guide: Guide) throws {
        let pages = Dictionary(
            uniqueKeysWithValues: ([Guide.index] + Guide.all).map {
                ($0.name == "README" ? "/help" : "/help/\($0.name)", GuidePage(guide: $0).content.markup)
            })
        for link in GuidePage(guide: guide).content.markup.matches(of: /href="([^"#]*)(?:#([^"]*))?"/) {
            let page = try #require(pages[String(link.1)], "\(link.0)")
            if let id = link.2 { #expect(page.contains("id=\"\(id)\""), "\(link.0)") }
        }
    }

    @Test("have their lines where each can be reached by the keyboard", arguments: [Guide.index] + Guide.all)
    func lines(guide: Guide) {
        for case .prose(let prose) in guide.blocks { #expect(!prose.html.contains("<pre")) }
    }

    @Test(
        "links of files become addresses here",
        arguments: [
            ("maven.md", "/help/maven"), ("maven.md#ci", "/help/maven#ci"), ("README.md", "/help"),
            ("#here", "#here"), ("../tokens.md", nil), ("https://example.com/x.md", nil), ("", nil),
            ("//example.com", nil), ("javascript:x.md", "/help/javascript:x"),
        ])
    func addresses(link: String, address: String?) {
        #expect(Guide.address(ofLink: link) == address)
    }

    @Test("headings get the ids that Git hosts give them")
    func ids() {
        #expect(Guide.id(ofHeading: "When it is refused") == "when-it-is-refused")
        #expect(Guide.id(ofHeading: "`nuxeoctl` & .netrc, too") == "nuxeoctl--netrc-too")
    }
}
