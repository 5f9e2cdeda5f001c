import Desk
import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import DeskPages

@Suite("Pages: a link to the form for a new token")
struct PagesNewTokenTests {
    private static let limit = NewTokenLink.limit

    private func read(_ query: String) -> DraftLink {
        DraftLink(
            Request("GET", "/tokens/new" + query), services: PagesGallery.services, format: .standard)
    }

    @Test(
        "what it asks for is what the form is filled in with",
        arguments: [
            ("?service=maven", ["maven": "read"], [:], ""),
            ("?service=maven&access=write", ["maven": "write"], [:], ""),
            (
                "?name=CI+chain&service=git&access=read&path=/a/b.git", ["git": "read"], ["git": "/a/b.git"],
                "CI chain"
            ),
            (
                "?service=git&access=write&path=/team/app.git&service=maven&access=read&service=studio&name=x%20y",
                ["git": "write", "maven": "read", "studio": "read"], ["git": "/team/app.git"], "x y"
            ),
            ("?name=Workshop", [:], [:], "Workshop"),
        ] as [(String, [String: String], [String: String], String)])
    func filledIn(_ query: String, _ access: [String: String], _ below: [String: String], _ name: String) {
        let link = read(query)
        #expect((link.draft.access, link.draft.below, link.draft.name) == (access, below, name))
        #expect(link.draft.isLimited == !access.isEmpty)
        #expect(link.isThere && link.remarks.isEmpty)
    }

    @Test(
        "what cannot be used is left out and remarked on",
        arguments: [
            ("?service=nope&access=write&path=/x", [.service], [:]), ("?service=", [.service], [:]),
            ("?service=maven&service=nope&access=write", [.service], ["maven": "read"]),
            ("?service=jeton&access=write", [.desk], [:]), ("?service=jeton:manage", [.desk], [:]),
            ("?service=maven&access=admin", [.access], ["maven": "read"]),
            ("?service=maven&access=", [.access], ["maven": "read"]),
            ("?service=maven&path=/a", [.path("Maven private repository")], ["maven": "read"]),
            ("?service=git&path=/a", [.path("Studio projects over Git")], ["git": "read"]),
            ("?service=git&path=/a/../b.git", [.path("Studio projects over Git")], ["git": "read"]),
            ("?service=git&path=/a/*.git", [.path("Studio projects over Git")], ["git": "read"]),
            ("?service=git&service=git&access=write", [.repeated], ["git": "read"]),
            ("?name=a&name=b", [.repeated], [:]), ("?name=", [.name], [:]), ("?name=a%0Ab", [.name], [:]),
            ("?access=write&service=maven", [.parameter], ["maven": "read"]),
            ("?path=/a/b.git&service=git", [.parameter], ["git": "read"]),
            ("?manage=on&services=jeton:scim&expires=never", [.parameter], [:]),
            ("?name=" + String(repeating: "n", count: 101), [.name], [:]),
            ("?name=" + String(repeating: "n", count: limit), [.tooLong], [:]),
        ] as [(String, [DraftLink.Remark], [String: String])])
    func leftOut(_ query: String, _ remarks: [DraftLink.Remark], _ access: [String: String]) {
        let link = read(query)
        #expect(link.remarks == remarks)
        #expect(link.draft.access == access)
        #expect(link.draft.below.isEmpty && link.draft.beside.isEmpty && link.draft.alone == nil)
        #expect(link.draft.name.utf8.count <= 1)
    }

    @Test("one that names only what is not there does not offer every service instead")
    func nothingLeft() {
        #expect(read("?service=nope").draft.isLimited)
        #expect(!read("").draft.isLimited && !read("").isThere && !read("?").isThere)
    }

    @Test("at most 20 services are read")
    func many() {
        let services = (1...25).map {
            Service(name: (try? ServiceName("s\($0)"))!, title: "S\($0)")
        }
        let query = "?" + services.map { "service=\($0.name)" }.joined(separator: "&")
        let link = DraftLink(Request("GET", "/tokens/new" + query), services: services, format: .standard)
        #expect(link.draft.access.count == NewTokenLink.serviceLimit)
        #expect(link.remarks == [.tooManyServices])
    }

    @Test("a secret in it is not repeated, whatever it is")
    func secret() {
        let secret = TokenFormat.standard.makeSecret().reveal()
        let link = read("?name=\(secret)")
        #expect(link.draft.name == "" && link.remarks == [.name])
    }

    @Test("every refusal's link is read as it was meant")
    func agrees() throws {
        let path = try #require(ServicePath("/team/app.git"))
        let address = NewTokenLink(try ServiceName("git"), .write, below: path)
            .address(at: "https://tokens.example.com/tokens")
        let link = read(String(address.dropFirst("https://tokens.example.com/tokens/new".count)))
        #expect(link.remarks.isEmpty)
        #expect(link.draft.access == ["git": "write"] && link.draft.below == ["git": "/team/app.git"])
    }

    @Test("the page shows the form filled in, creates nothing, and says so")
    func page() async throws {
        let house = try PagesHouse()
        let (browser, alice) = try await house.browser("alice")
        let page = await browser.get("/tokens/new?service=git&access=write&path=/team/app.git&name=Push")
        #expect((page.status, page.heading) == (200, "New token"))
        #expect(page.text.contains("A link filled in this form."))
        #expect(!page.text.contains("could be used"))
        #expect(page.text.contains(#"value="Push""#) && page.text.contains(#"value="/team/app.git""#))
        #expect(page.text.contains(#"<option value="write" selected>"#))
        #expect(try await house.desk.working(of: alice.id).isEmpty)
        let plain = await browser.get("/tokens/new")
        #expect(plain.status == 200 && !plain.text.contains("A link filled in"))
        let strange = await browser.get("/tokens/new?service=secret&next=https://evil.example/%3Cb%3E")
        #expect(strange.text.contains("It names a service that is not at this desk"))
        #expect(!strange.text.contains("evil"), "a link shows no text of its own")
    }

    @Test("what is wrong with it is said on the same page, and then it is created")
    func creates() async throws {
        let house = try PagesHouse()
        let (browser, alice) = try await house.browser("alice")
        await browser.get("/tokens/new?service=maven")
        let form = ["services": "only", "access.maven": "read", "alone": "yes"]
        let refused = await browser.post("/tokens", form.merging(["name": ""]) { $1 })
        #expect((refused.status, refused.heading) == (422, "New token"))
        #expect(refused.text.contains("Please fix this"))
        let made = await browser.post("/tokens", form.merging(["name": "CI"]) { $1 })
        #expect(made.status == 303)
        #expect(try await house.desk.working(of: alice.id).map(\.token.scopes.text) == ["maven:read"])
    }

    @Test("signed out, one signs in first and comes back to it")
    func signedOut() async throws {
        let house = try PagesHouse()
        _ = try await house.house.person("alice", password: PagesHouse.password)
        let browser = PagesBrowser(house.application)
        let target = "/tokens/new?service=git&access=write&path=/team/app.git"
        let away = try #require(await browser.get(target).location)
        let page = await browser.get(away)
        #expect(page.text.contains("Sign in, and the form for your new token opens, filled in."))
        let hidden = try #require(page.text.firstMatch(of: /name="return_to" value="([^"]+)"/)).output.1
        let returnTo = hidden.replacing("&amp;", with: "&")
        #expect(returnTo == target)
        let back = await browser.post(
            "/sign-in", ["login": "alice", "password": PagesHouse.password, "return_to": String(returnTo)])
        #expect(back.location == target)
        #expect(await browser.get(target).heading == "New token")
    }

    @Test("both ways to sign in keep it, through a provider and beside it")
    func provided() {
        let target = "/tokens/new?service=git&access=write"
        let page = SignInPage(
            returnTo: ReturnPath(target), provider: "Okta", proof: PagesGallery.proof
        ).document(for: nil)
        let kept = "return_to=%2Ftokens%2Fnew%3Fservice%3Dgit%26access%3Dwrite"
        #expect(page.contains(#"href="/sign-in/oidc?\#(kept)""#))
        #expect(page.contains(#"href="/?local=&amp;\#(kept)""#))
        let plain = SignInPage(provider: "Okta", proof: PagesGallery.proof).document(for: nil)
        #expect(plain.contains(#"href="/?local""#))
    }
}
