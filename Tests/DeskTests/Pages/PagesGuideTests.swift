import HTTPServer
import Markdown
import Testing
import Tokens

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

    @Test("of what the desk does not do are not there")
    func withoutNuxeo() async throws {
        let browser = PagesBrowser(try PagesHouse(speaksNuxeo: false).application)
        let index = await browser.get("/help").text
        #expect(index.contains("/help/maven") && !index.contains("Nuxeo"))
        #expect(await browser.get("/help/nuxeo").status == 404)
    }

    @Test("give commands for the reader: their login, their services, this desk")
    func commands() async throws {
        let services = ["git": Service.Kind.git, "npm": .npm, "images": .docker].map { name, kind in
            Service(
                name: try! ServiceName(name), title: name, kind: kind,
                url: ServiceURL("https://\(name).company.test/\(kind == .docker ? "" : "base")"))
        }
        let house = try PagesHouse(address: "https://desk.company.test", services: services)
        let (browser, _) = try await house.browser("bob@company.test")
        let git = await browser.get("/help/git").text
        #expect(git.contains("git clone https://git.company.test/base/project.git"))
        #expect(git.contains("credential.https://git.company.test.provider"))
        #expect(git.contains("protocol=https\\nhost=git.company.test\\n"))
        #expect(git.contains("https://desk.company.test/tokens") && !git.contains("example.com"))
        #expect(await browser.get("/help/npm").text.contains("//npm.company.test/base/:_authToken="))
        let docker = await browser.get("/help/docker").text
        #expect(docker.contains("docker login --username bob@company.test images.company.test "))
        #expect(
            await browser.get("/help/maven").text.contains(
                "&lt;username&gt;bob@company.test&lt;/username&gt;"))
        #expect(
            await browser.get("/help/pip").text.contains("https://bob%40company.test:$PYPI_TOKEN@packages"))
        let stranger = PagesBrowser(house.application)
        #expect(
            await stranger.get("/help/git").text.contains("git clone https://git.example.com/git/project.git")
        )
    }

    @Test(
        "leave alone what cannot be pasted anywhere", arguments: ["it's", "a b", "$(id)", "</pre>", "ärger"])
    func strangeLogins(login: String) {
        let lines = GuideReader(desk: "https://desk.test", login: login).filled("curl --user alice https://x")
        #expect(lines == "curl --user alice https://x")
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
