import Testing
import Tokens

@testable import DeskPages

@Suite("Ready lines")
struct PagesRecipeTests {
    private func recipes(
        _ services: [Service], scopes: Scopes = .everyService, login: String = "alice"
    ) throws -> [String: Recipe] {
        let all = Recipe.all(
            login: try Login(login), secret: TokenFormat.standard.makeSecret(), scopes: scopes,
            services: services, deskURL: "https://tokens.example.com")
        return Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    @Test("name the service's own address where the operator gave one")
    func addressed() throws {
        let recipes = try recipes([
            Service(name: ServiceName("maven"), url: ServiceURL("https://maven.example.com/repository/")),
            Service(name: ServiceName("git"), kind: .git, url: ServiceURL("http://git.example.com:8080/")),
        ])
        #expect(recipes["curl"]?.lines.hasSuffix("' https://maven.example.com/repository/") == true)
        #expect(recipes["curl"]?.hint == "")
        #expect(recipes["git"]?.lines.contains("protocol=http\nhost=git.example.com:8080\n") == true)
        #expect(recipes["netrc"]?.lines.hasPrefix("machine maven.example.com\n") == true)
        #expect(recipes["netrc"]?.hint == "Put this in ~/.netrc, with chmod 600.")
        #expect(
            recipes.values.allSatisfy { !$0.lines.contains("HOST") && $0.remark?.contains("HOST") != true })
    }

    @Test("name the one repository that the token is for")
    func narrowed() throws {
        let git = Service(
            name: try ServiceName("git"), kind: .git, url: ServiceURL("https://git.example.com:8080/r/"),
            paths: [try #require(PathPattern("/*/*.git"))])
        let one = try recipes([git], scopes: #require(Scopes(text: "git:write:/team/app.git")))
        #expect(one["curl"]?.lines.hasSuffix("' https://git.example.com:8080/r/team/app.git") == true)
        let lines = try #require(one["git"]?.lines)
        #expect(
            lines.hasPrefix(
                """
                git config --global credential.helper store
                git config --global credential.https://git.example.com:8080.useHttpPath true
                git credential approve <<'END'
                protocol=https
                host=git.example.com:8080
                path=r/team/app.git
                username=alice
                """))
        #expect(lines.hasSuffix("\nEND\ngit clone https://git.example.com:8080/r/team/app.git"))
        let two = try recipes([git], scopes: #require(Scopes(text: "git:write:/a/b.git git:read:/c/d.git")))
        #expect(two["git"]?.lines.contains("path=") == false)
        #expect(two["curl"]?.lines.hasSuffix("' https://git.example.com:8080/r/") == true)
    }

    @Test("are those of the service's kind, first where nothing else is reached")
    func kinds() throws {
        func all(_ kinds: [Service.Kind], _ scopes: Scopes = .everyService) throws -> [Recipe] {
            let services = try kinds.map {
                Service(
                    name: try ServiceName($0.rawValue), kind: $0, url: ServiceURL("https://host:8443/\($0)/"),
                    paths: [])
            }
            return Recipe.all(
                login: try Login("al ice"), secret: TokenFormat.standard.makeSecret(), scopes: scopes,
                services: services, deskURL: "https://tokens.example.com")
        }
        #expect(try all([.http, .git]).map(\.id) == ["curl", "maven", "git", "ci", "netrc"])
        #expect(try all([.git]).map(\.id).first == "git")
        #expect(
            try all([.http, .cargo, .npm, .docker]).map(\.id)
                == ["curl", "maven", "git", "docker", "npm", "cargo", "ci", "netrc"])
        let docker = try all([.docker])[0]
        #expect(docker.id == "docker" && docker.guide?.name == "docker")
        #expect(docker.lines.hasPrefix("printf %s jtn_"))
        #expect(docker.lines.hasSuffix(" | docker login --username 'al ice' --password-stdin host:8443"))
        let npm = try all([.npm])[0]
        #expect(npm.lines.hasPrefix("registry=https://host:8443/npm/\n//host:8443/npm/:_authToken=jtn_"))
        let scoped = try all([.npm], #require(Scopes(text: "npm:read:/@team/app")))[0]
        #expect(scoped.lines.hasPrefix("@team:registry=https://host:8443/npm/\n//host"))
        let cargo = try all([.cargo])[0]
        #expect(cargo.lines.contains("\nindex = \"sparse+https://host:8443/cargo/\"\n"))
    }

    @Test(
        "quote the login for where they go",
        arguments: [
            ("alice@example.com", "alice@example.com", "alice@example.com", "alice@example.com"),
            (
                "siobhan.o'brien@x.example", #"siobhan.o'\''brien@x.example"#, "siobhan.o'brien@x.example",
                #""siobhan.o'brien@x.example""#
            ),
            (
                "guest#EXT#@x.example", "guest#EXT#@x.example", "guest#EXT#@x.example",
                #""guest#EXT#@x.example""#
            ),
            ("$(id) `id` !", "$(id) `id` !", "$(id) `id` !", #""$(id) `id` !""#),
            (#"DOM\al "x""#, #"DOM\al "x""#, #"DOM\al "x""#, #""DOM\\al \"x\"""#),
            ("a&b<c>]]>", "a&b<c>]]>", "a&amp;b&lt;c&gt;]]&gt;", "a&b<c>]]>"),
        ])
    func quoted(login: String, shell: String, xml: String, netrc: String) throws {
        let recipes = try recipes([Service(name: ServiceName("maven"))], login: login)
        #expect(recipes["curl"]?.lines.hasPrefix("curl --user '\(shell):jtn_") == true)
        #expect(recipes["maven"]?.lines.contains("<username>\(xml)</username>") == true)
        #expect(recipes["netrc"]?.lines.contains("\nlogin \(netrc)\npassword jtn_") == true)
        #expect(recipes["git"]?.lines.contains("\nusername=\(login)\npassword=jtn_") == true)
    }

    @Test("say what to fill in where the operator gave none")
    func unaddressed() throws {
        let recipes = try recipes([Service(name: ServiceName("maven"), title: "Maven private repository")])
        #expect(recipes["curl"]?.hint == "Replace HOST with the address of Maven private repository.")
        #expect(recipes["git"]?.lines.contains("protocol=https\nhost=HOST\n") == true)
    }
}
