import HTTPServer
import Ledger
import TestHouse
import Testing
import Tokens

@testable import Desk
@testable import DeskPages

@Suite("The inventory, for administrators")
struct PagesInventoryTests {
    private let pages: PagesHouse
    private let root: PagesBrowser
    private let alice: Subject
    private let other: Subject

    init() async throws {
        pages = try PagesHouse()
        root = try await pages.browser("root", administrator: true).0
        alice = try await pages.house.person("alice", name: "Alice Martin")
        other = try await pages.house.person("malice")
    }

    private var house: TestHouse { pages.house }

    /// The names of the tokens on a page, in its order.
    private func names(_ target: String) async -> [String] {
        let page = await root.get(target)
        #expect(page.status == 200, "\(target)")
        return names(in: page)
    }

    private func names(in page: Response) -> [String] {
        page.text.matches(of: /<strong><a href="\/admin\/tokens\/[^"]+">(.*?)<\/a>/).map {
            String($0.output.1)
        }
    }

    private func tokens(_ count: Int, of owner: Subject) async throws {
        for number in 1...count {
            house.pass(.seconds(1))
            _ = try await house.token("token \(number)", of: owner)
        }
        await root.signIn("root")
    }

    @Test("an owner’s login shows that owner’s tokens and nobody else’s")
    func owner() async throws {
        _ = try await house.token("hers", of: alice)
        _ = try await house.token("other", of: other)
        #expect(await names("/admin/tokens?owner=alice") == ["hers"])
        #expect(await names("/admin/tokens?q=alice") == ["other", "hers"])
        let unknown = await root.get("/admin/tokens?owner=lice")
        #expect(unknown.status == 422 && unknown.text.contains("nobody has the login “lice”"))
    }

    @Test("what has ended is listed where it is asked for, and cannot be chosen")
    func states() async throws {
        let (gone, _) = try await house.token("gone", of: alice)
        _ = try await house.token("here", of: alice)
        try await pages.desk.revoke(gone.id, of: nil, by: .commandLine)
        #expect(await names("/admin/tokens") == ["here"])
        #expect(await names("/admin/tokens?state=revoked") == ["gone"])
        let all = await root.get("/admin/tokens?state=all").text
        #expect(all.contains(">revoked</span>"))
        #expect(!all.contains(#"value="\#(gone.id)""#), "a revoked token has no box")
        #expect(!all.contains("/admin/tokens/\(gone.id)/revoke"))
    }

    @Test("pages of fifty lead on by a cursor and back to the first, with every filter")
    func cursors() async throws {
        try await tokens(103, of: alice)
        let first = await root.get("/admin/tokens?owner=alice&sort=oldest")
        #expect(names(in: first) == (1...50).map { "token \($0)" })
        #expect(first.text.contains(">103 tokens<") && first.text.contains("All 103 that match…"))
        #expect(!first.text.contains("First page"))
        #expect(first.text.utf8.count < 100_000, "\(first.text.utf8.count) bytes")
        func next(_ page: Response) throws -> String {
            let link = try #require(page.text.firstMatch(of: /href="([^"]+)">Next 50/)).output.1
            return String(link).replacing("&amp;", with: "&")
        }
        let second = await root.get(try next(first))
        #expect(names(in: second) == (51...100).map { "token \($0)" })
        #expect(second.text.contains(#"href="/admin/tokens?owner=alice&amp;sort=oldest">First page"#))
        #expect(names(in: await root.get(try next(second))) == ["token 101", "token 102", "token 103"])
    }

    @Test("column heads order the list, and say how it is ordered")
    func order() async throws {
        for name in ["b", "a", "c"] {
            house.pass(.seconds(1))
            _ = try await house.token(name, of: alice)
        }
        let page = await root.get("/admin/tokens?sort=name&owner=alice")
        #expect(names(in: page) == ["a", "b", "c"])
        #expect(page.text.contains(#"class="w-token" aria-sort="ascending">"#))
        #expect(page.text.contains(#"href="/admin/tokens?owner=alice&amp;sort=newest""#))
        let newest = await root.get("/admin/tokens").text
        #expect(newest.contains(#"aria-sort="descending"><a href="/admin/tokens?sort=oldest""#))
    }

    @Test("each filter in use is a link that takes it away")
    func chips() async throws {
        let page = await root.get("/admin/tokens?q=ci&owner=alice&state=revoked").text
        for (href, words) in [
            ("?state=revoked&amp;owner=alice", "“ci”"), ("?q=ci&amp;owner=alice", "revoked"),
            ("?q=ci&amp;state=revoked", "owner alice"), ("", "Remove all"),
        ] {
            let link = page.matches(of: /<li[^>]*><a href="\/admin\/tokens([^"]*)"[^>]*>([^<]*)<\/a><\/li>/)
                .first { $0.output.2 == words }
            #expect(link?.output.1.description == href, "\(words)")
        }
    }

    @Test("says what is wrong with a filter beside its field, and lists nothing")
    func faults() async throws {
        _ = try await house.token("ci", of: alice)
        let page = await root.get("/admin/tokens?address=here&finding=none&after=x")
        #expect(page.status == 422 && names(in: page).isEmpty)
        for words in ["The address must be an IP address", "The finding must be one of", "The page must be"] {
            #expect(page.text.contains(words), "\(words)")
        }
        #expect(page.text.contains(#"value="here""#) && page.text.contains("Please fix 3 things:"))
    }

    @Test("a secret that was searched for is not shown again")
    func secret() async throws {
        let (_, secret) = try await house.token("ci", of: alice)
        let page = await root.get("/admin/tokens?q=\(secret.reveal())")
        #expect(page.status == 422 && page.text.contains("look it up with “Whose is this?”"))
        #expect(!page.text.contains(secret.reveal()))
    }

    @Test("where nothing is listed, it says why and what to do")
    func nothing() async throws {
        #expect(await root.get("/admin/tokens").text.contains("No token works or is paused."))
        let none = await root.get("/admin/tokens?q=nothing").text
        #expect(none.contains("No token matches.") && none.contains(">remove all filters</a>"))
        #expect(none.contains("Look among expired and revoked ones, too"))
    }

    @Test("without a script, a link checks every box of the page")
    func selects() async throws {
        let (token, _) = try await house.token("ci", of: alice)
        let page = await root.get("/admin/tokens?owner=alice").text
        #expect(page.contains(#"value="\#(token.id)" aria-label="Select ci of alice">"#))
        #expect(page.contains(#"href="/admin/tokens?owner=alice&amp;select=page#list""#))
        #expect(page.contains(#"<form method="post" action="/admin/bulk" class="bulk">"#))
        #expect(page.contains(#"<input type="hidden" name="owner" value="alice">"#))
        let chosen = await root.get("/admin/tokens?owner=alice&select=page").text
        #expect(chosen.contains(#"value="\#(token.id)" checked aria-label="Select ci of alice">"#))
    }

    @Test("who revokes from a list comes back to it, and it says once what was done to whom")
    func comesBack() async throws {
        let (token, _) = try await house.token("ci", of: alice)
        _ = try await house.token("other", of: alice)
        let view = "owner=alice&sort=name"
        let found = try #require(
            await root.get("/admin/tokens?\(view)").text
                .firstMatch(
                    of: /href="(\/admin\/tokens\/[^"\/]+\/revoke[^"]*)" aria-label="Revoke ci of alice"/))
        let link = String(found.output.1).replacing("&amp;", with: "&")
        let question = await root.get(link)
        #expect(question.heading == "Revoke “ci”?")
        #expect(question.text.contains(#"href="/admin/tokens?owner=alice&amp;sort=name">Cancel"#))
        #expect(
            await root.act(link)
                == .init(
                    "/admin/tokens?\(view)",
                    "Token “ci” of alice revoked: 1 secret. No request with it is granted any more."))
        #expect(try await house.ledger.token(token.id)?.revocation != nil)
        #expect(await root.get("/admin/tokens?\(view)").notice == nil)
        let page = await root.get("/admin/tokens/\(token.id)?list=1&\(view)").text
        #expect(
            page.contains(#"<p class="back"><a href="/admin/tokens?owner=alice&amp;sort=name">All tokens"#))
    }

    @Test("the whole list is downloaded, whatever page is shown, with what a spreadsheet must not run")
    func csv() async throws {
        try await tokens(60, of: alice)
        _ = try await house.token("=1+1", of: alice, scopes: ["maven:read", "git"])
        await root.signIn("root")
        let file = await root.get("/admin/tokens.csv?owner=alice&sort=name&after=0000000000001.x")
        #expect(file.headers["content-type"] == "text/csv; charset=utf-8")
        #expect(file.headers["content-disposition"] == #"attachment; filename="tokens.csv""#)
        let all = await root.get("/admin/tokens.csv?owner=alice&sort=name").text
        let lines = all.split(separator: "\r\n")
        #expect(lines.count == 62)
        #expect(lines[0].hasPrefix("token,name,state,owner,owner name,kind,scopes,"))
        #expect(lines[1].contains(#","'=1+1",active,alice,Alice Martin,person,"#))
        #expect(all.contains("git maven:read") || all.contains("maven:read git"))
        #expect(await root.get("/admin/tokens.csv?sort=x").location == "/admin/tokens?sort=x")
        #expect(await root.get("/admin/tokens.csv?owner=malice").text.split(separator: "\r\n").count == 1)
    }

    @Test("the addresses of earlier versions work")
    func earlier() async throws {
        _ = try await house.token("ci build", of: alice)
        let (second, _) = try await house.token("ci test", of: alice)
        let moved = await root.get("/admin/tokens?search=ci&before=\(second.secret)").location
        #expect(moved == "/admin/tokens?q=ci&after=\(second.secret)")
        #expect(await names(moved ?? "") == ["ci build"])
        #expect(await names("/admin/tokens?done=revoked") == ["ci test", "ci build"])
        #expect(await root.get("/admin/tokens?done=revoked").notice == nil)
    }
}

@Suite("The administrators’ home")
struct PagesOverviewTests {
    private let pages: PagesHouse
    private let root: PagesBrowser

    init() async throws {
        pages = try PagesHouse()
        root = try await pages.browser("root", administrator: true).0
    }

    @Test("counts people, accounts and tokens, and leads to each list of what asks for an act")
    func counts() async throws {
        let alice = try await pages.house.person("alice")
        _ = try await pages.house.token("everything", of: alice)
        pages.house.pass(.days(15))
        await root.signIn("root")
        let page = await root.get("/admin").text
        #expect(page.contains(#"<dt>People</dt><dd><a href="/admin/people">2</a></dd>"#))
        #expect(page.contains(#"<a href="/admin/tokens">1</a>"#))
        for finding in [TokenFinding.unlimited, .neverUsed] {
            let link =
                #"<span class="figure">1</span><div><h3><a href="/admin/tokens?finding=\#(finding.rawValue)">"#
            #expect(page.contains(link), "\(finding)")
            let list = await root.get("/admin/tokens?finding=\(finding.rawValue)").text
            #expect(list.contains(">everything</a>") && list.contains("\(finding.title). "))
        }
        #expect(
            page.contains(
                "Looked for and not found: Unused for 90 days · Expires within 7 days · Owner suspended or away · "
                    + "Used from a new network today · Shared by several machines · Wider than its use · "
                    + "Old secret still in use · Found where it must not be · Used in an unsafe way · Still a password"
            ))
        #expect(page.contains("Counted at ") && page.contains("No uses in the last 30 days."))
        #expect(page.contains(#"<a href="/admin" aria-current="page">Overview</a>"#))
    }

    @Test("shows the uses of a month as a picture and as a table")
    func uses() async throws {
        let alice = try await pages.house.person("alice")
        let (token, _) = try await pages.house.token("ci", of: alice)
        try await pages.house.ledger.record([
            Use(
                secret: token.secret, service: "maven", address: "192.0.2.7", client: "Maven 3.8.7",
                lastAt: pages.house.now, count: 412)
        ])
        let page = await root.get("/admin").text
        #expect(page.contains("412 uses in the last 30 days") && page.contains("<svg "))
        #expect(page.contains("<caption class=\"unseen\">Uses by day in the last 30 days</caption>"))
    }

    @Test("every finding has words of its own, and one of them is a password")
    func words() {
        #expect(Set(TokenFinding.allCases.map(\.title)).count == TokenFinding.allCases.count)
        for finding in TokenFinding.allCases {
            #expect(finding.advice.hasSuffix(".") && finding.advice.contains(": "), "\(finding)")
        }
        let page = PagesGallery.inventory.first { $0.name == "overview" }?.document ?? ""
        #expect(
            page.contains(
                #"<span class="figure">7</span><div><h3><a href="/admin/passwords">Still a password</a>"#))
    }
}
