import FoundationEssentials
import Testing

@testable import DeskPages

@Suite("Every page")
struct PagesDocumentTests {
    @Test("holds no inline script or style, and nothing from elsewhere", arguments: PagesGallery.all)
    func keepsToItsPolicy(_ picture: PagesGallery.Picture) {
        let document = picture.document
        #expect(!document.contains(" style="))
        #expect(!document.contains("<style"))
        #expect(document.matches(of: /<script[^>]*>[^<]/).isEmpty)
        #expect(document.matches(of: /\son[a-z]+=/).isEmpty)
        // Only who came by another address is told the desk's own.
        let own =
            switch picture.name {
            case "no-cookie": #"href="https://tokens.example.com/""#
            // The page of trust rules leads to a job's run, at the host that belongs to its issuer.
            case "trust": #"href="https://github.com/acme/app/actions/runs/991""#
            default: "nothing"
            }
        #expect(
            document.replacing(own, with: "").matches(of: /(href|src|action)="(?!\/(?!\/)|#)/).isEmpty)
    }

    @Test("has a title, a language, one main heading and no identifier twice", arguments: PagesGallery.all)
    func isWellMade(_ picture: PagesGallery.Picture) {
        let document = picture.document
        #expect(document.hasPrefix("<!doctype html>\n<html lang=\"en\">"))
        #expect(document.contains("<title>\(HTML(text: picture.page.title).markup) · Jeton</title>"))
        #expect(document.matches(of: /<h1[ >]/).count == 1)
        let ids = document.matches(of: /\sid="([^"]*)"/).map { String($0.output.1) }
        #expect(Set(ids).count == ids.count)
        let described = document.matches(of: /aria-(?:describedby|labelledby)="([^"]*)"/)
            .flatMap { $0.output.1.split(separator: " ").map(String.init) }
        #expect(Set(described).isSubset(of: ids))
    }

    @Test("carries the proof in every form that changes something", arguments: PagesGallery.all)
    func provesItsForms(_ picture: PagesGallery.Picture) {
        let document = picture.document
        let forms = document.matches(of: /<form method="post"/).count
        #expect(document.matches(of: /<input type="hidden" name="csrf" value="proof">/).count == forms)
    }

    /// `JETON_GALLERY=/tmp/gallery swift test --filter PagesDocument` writes what there is to look at.
    @Test("can be looked at", .enabled(if: ProcessInfo.processInfo.environment["JETON_GALLERY"] != nil))
    func isDrawn() throws {
        let folder = try #require(ProcessInfo.processInfo.environment["JETON_GALLERY"])
        for picture in PagesGallery.all {
            try Data(picture.document.utf8).write(to: URL(filePath: "\(folder)/\(picture.name).html"))
        }
    }
}
