import Testing
import Tokens

@Suite("Links to the form for a new token")
struct NewTokenLinkTests {
    private static let desk = "https://desk/tokens"

    @Test(
        "hold the service, the access, and a path that needs no encoding",
        arguments: [
            (nil, "?service=git&access=write"),
            ("/team/app.git", "?service=git&access=write&path=/team/app.git"),
            ("/@team/app", "?service=git&access=write&path=/@team/app"),
            ("/a b", "?service=git&access=write"), ("/a+b", "?service=git&access=write"),
            ("/é", "?service=git&access=write"), ("/a&b", "?service=git&access=write"),
            ("/" + String(repeating: "a", count: 499), "?service=git&access=write"),
        ] as [(String?, String)])
    func addresses(path: String?, query: String) throws {
        let link = NewTokenLink(try ServiceName("git"), .write, below: path.flatMap { ServicePath($0) })
        #expect(link.address(at: Self.desk) == "https://desk/tokens/new" + query)
    }

    @Test("lead to the empty form where there is no service")
    func empty() {
        #expect(NewTokenLink().address(at: Self.desk) == "https://desk/tokens/new")
    }

    @Test("are never longer than what is read, nor hold what a header or a proxy would change")
    func bounded() throws {
        let name = try ServiceName(String(repeating: "a", count: ServiceName.limit))
        for length in 1...ServicePath.limit - 1 {
            let path = ServicePath("/" + String(repeating: "p", count: length))
            let address = NewTokenLink(name, .write, below: path).address(at: Self.desk)
            #expect(address.dropFirst("https://desk".count).utf8.count <= NewTokenLink.limit)
            #expect(address.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") })
        }
    }

    @Test(
        "carry the part of the request's path that fits the service",
        arguments: [
            (["/r/team/app.git/info/refs?service=git-receive-pack"], "/team/app.git"),
            (["/r/team/app.git"], "/team/app.git"), (["/r/pub/x/y/z"], "/pub/x"),
            (["/r/team/%61pp.git/x"], "/team/app.git"),
            // Targets that agree, and targets that do not.
            (["/r/team/app.git/a", "/r/team/app.git/b"], "/team/app.git"),
            (["/r/team/app.git/a", "/r/team/other.git/a"], nil),
            // Too short, outside the base, of another form, not plain.
            (["/r/team"], nil), (["/r/team/"], nil), (["/team/app.git/info/refs"], nil),
            (["/rx/team/app.git"], nil), (["/r/team/app/info/refs"], nil),
            (["/r/team/../app.git"], nil), (["/r/team/app.git/%2e%2e/x"], nil), (["/r//team/app.git"], nil),
            (["/r/team/a*.git"], nil), (["/r/team/%2A.git"], nil), (["https://h/r/team/app.git"], nil),
            ([], nil),
        ] as [([String], String?)])
    func narrowest(targets: [String], path: String?) throws {
        let service = Service(
            name: try ServiceName("git"), kind: .git, url: ServiceURL("https://git.example.com/r/"),
            paths: [try #require(PathPattern("/*/*.git")), try #require(PathPattern("/pub/*"))])
        let bytes = targets.map { Array($0.utf8) }
        let none: [UInt8] = []
        let first = bytes.first ?? none
        let second = bytes.last ?? none
        let request =
            bytes.isEmpty
            ? ServiceRequest(.write, from: nil)
            : ServiceRequest(.write, from: nil, original: first.span, forwarded: second.span, proxyPath: nil)
        #expect(service.narrowestPath(of: request)?.text == path)
    }

    @Test("carry an npm package as npm writes it, and nothing where the service takes no paths")
    func kinds() throws {
        let npm = Service(
            name: try ServiceName("npm"), kind: .npm, paths: [try #require(PathPattern("/@*/*"))])
        let target = Array("/@team%2fapp".utf8)
        let request = ServiceRequest(
            .write, from: nil, original: target.span, forwarded: nil, proxyPath: nil)
        #expect(npm.narrowestPath(of: request)?.text == "/@team/app")
        let wide = Service(name: try ServiceName("npm"), kind: .npm)
        #expect(wide.narrowestPath(of: request) == nil)
    }
}
