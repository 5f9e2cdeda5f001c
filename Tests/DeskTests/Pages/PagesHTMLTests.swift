import Testing
import Tokens

@testable import DeskPages

@Suite("HTML")
struct PagesHTMLTests {
    @Test("reads as it is written")
    func readsAsWritten() {
        let html = ul(.class("list")) {
            for name in ["a", "b"] { li { name } }
            if true { li(.id("last")) { strong { "<c>" } } }
        }
        #expect(
            html.markup
                == #"<ul class="list"><li>a</li><li>b</li><li id="last"><strong>&lt;c&gt;</strong></li></ul>"#
        )
    }

    @Test(
        "escapes text and attribute values alike",
        arguments: [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\" onmouseover=\"x", "&quot; onmouseover=&quot;x"),
            ("' onfocus='x", "&#39; onfocus=&#39;x"),
            ("&lt;", "&amp;lt;"),
            ("a\0b", "a\u{FFFD}b"),
            ("</title><b>", "&lt;/title&gt;&lt;b&gt;"),
        ])
    func escapes(_ text: String, _ escaped: String) {
        #expect(p { text }.markup == "<p>\(escaped)</p>")
        #expect(input(.value(text)).markup == #"<input value="\#(escaped)">"#)
    }

    @Test("lets no text break out of where it stands")
    func holdsAnyText() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("<>&\"'/=ab \n`-!\u{301}\u{0}é漢😀")
        for _ in 0..<2000 {
            let text = String(
                (0..<Int.random(in: 1...24)).map { _ in alphabet.randomElement(using: &random)! })
            let inside = p { text }.markup.dropFirst(3).dropLast(4)
            let value = input(.value(text)).markup.dropFirst(14).dropLast(2)
            for written in [inside, value] {
                #expect(written.utf8.allSatisfy { !"<>\"'".utf8.contains($0) })
                #expect(decoded(written) == text.replacing("\0", with: "\u{FFFD}"))
            }
        }
    }

    private func decoded(_ markup: Substring) -> String {
        String(markup).replacing("&lt;", with: "<").replacing("&gt;", with: ">")
            .replacing("&quot;", with: "\"").replacing("&#39;", with: "'").replacing("&amp;", with: "&")
    }

    @Test("a hostile name stays text on every page that shows it")
    func hostileNames() {
        let hostile = #"</code><script>alert("x")</script><a href='javascript:x'>"#
        let token = PagesGallery.token(77, hostile, "maven:read")
        let row = TokenRow(
            token: token, lastUse: PagesGallery.use(token, hostile, hostile, hostile, ago: .days(1)))
        let form = PagesGallery.form(TokenDraft(name: hostile), [FormFault("name", hostile)])
        let uses = row.lastUse.map { [$0] } ?? []
        let pages: [any Page] = [
            TokensPage(active: [row], past: [], form: form, wording: PagesGallery.wording),
            TokenPage(token: token, lastUse: row.lastUse, uses: uses, wording: PagesGallery.wording),
            RevokePage(
                token: token, uses: uses, owner: hostile, wording: PagesGallery.wording,
                proof: PagesGallery.proof),
            SignInPage(login: hostile, fault: hostile, proof: PagesGallery.proof),
        ]
        for page in pages {
            let document = page.document(for: PagesGallery.reader, notice: hostile)
            #expect(!document.contains("<script>"))
            #expect(!document.contains("<a href='"))
            #expect(document.contains("&lt;script&gt;"))
        }
    }
}

@Suite("Where to go on after signing in")
struct PagesReturnPathTests {
    @Test(
        "a path of this desk is taken",
        arguments: ["/tokens", "/tokens/01hf/revoke", "/admin/tokens?search=a%20b", "/account"])
    func takes(_ text: String) {
        #expect(ReturnPath(text)?.text == text)
    }

    @Test(
        "what a browser could read as another site is refused",
        arguments: [
            "", "tokens", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example",
            "https://evil.example", "javascript:alert(1)", "\\\\evil", " /tokens", "/tökens", "/a\\b", "/",
            "/sign-out", "/welcome?code=x", "/assets/desk.css", "/" + String(repeating: "a", count: 1200),
        ])
    func refuses(_ text: String) {
        #expect(ReturnPath(text) == nil)
    }
}
