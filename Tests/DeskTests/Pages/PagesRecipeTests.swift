import Testing
import Tokens

@testable import DeskPages

@Suite("Ready lines")
struct PagesRecipeTests {
    private let secret = TokenFormat.standard.makeSecret()

    private func all(_ services: [Service], _ scopes: Scopes = .everyService, login: String = "alice") throws
        -> [Recipe]
    {
        Recipe.all(
            login: try Login(login), secret: secret, scopes: scopes, services: services,
            deskURL: "https://tokens.example.com")
    }

    private func recipes(
        _ services: [Service], _ scopes: Scopes = .everyService, login: String = "alice"
    ) throws -> [String: Recipe] {
        let all = try all(services, scopes, login: login)
        return Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private func service(_ kind: Service.Kind, paths: [String] = []) throws -> Service {
        Service(
            name: try ServiceName(kind.rawValue), kind: kind,
            url: ServiceURL("https://host:8443/\(kind.rawValue)/"),
            paths: paths.compactMap { PathPattern($0) })
    }

    @Test("name the service's own address where the operator gave one")
    func addressed() throws {
        let recipes = try recipes([
            Service(name: ServiceName("maven"), url: ServiceURL("https://maven.example.com/repository/")),
            Service(name: ServiceName("git"), kind: .git, url: ServiceURL("http://git.example.com:8080/")),
        ])
        #expect(recipes["curl"]?.text == "curl --user alice https://maven.example.com/repository/")
        #expect(recipes["curl"]?.hint == "")
        #expect(
            recipes["git"]?.text.contains("\\n\\n' http git.example.com:8080 alice | git credential") == true)
        #expect(
            recipes["netrc"]?.text.contains("machine maven.example.com\nlogin alice\npassword jtn_") == true)
        let texts = recipes.values.flatMap {
            [$0.text, $0.hint, $0.remark ?? ""] + $0.variants.flatMap(\.steps).map(\.lines)
        }
        #expect(!texts.contains { $0.contains("HOST") })
    }

    @Test("name the one repository that the token is for, and keep it apart from all others")
    func narrowed() throws {
        let git = Service(
            name: try ServiceName("git"), kind: .git, url: ServiceURL("https://git.example.com:8080/r/"),
            paths: [try #require(PathPattern("/*/*.git"))])
        let one = try recipes([git], #require(Scopes(text: "git:write:/team/app%20b.git")))
        #expect(one["curl"]?.text.hasSuffix(" https://git.example.com:8080/r/team/app%20b.git") == true)
        let url = "https://git.example.com:8080/r/team/app%20b.git"
        let helper =
            "git config --global --add credential.\(url).helper 'store --file ~/.git-credentials-app20b.git'"
        let described =
            "printf 'protocol=%s\\nhost=%s\\npath=%s\\nusername=%s\\n\\n' https git.example.com:8080 "
        #expect(
            one["git"]?.steps.map(\.lines) == [
                """
                git config --global --replace-all credential.\(url).helper ''
                \(helper)
                git config --global credential.\(url).useHttpPath true
                \(described)'r/team/app b.git' alice | git credential reject
                \(described)'r/team/app b.git' alice |
                  git credential fill | git credential approve
                """, "git clone \(url)",
            ])
        let two = try recipes([git], #require(Scopes(text: "git:write:/a/b.git git:read:/c/d.git")))
        #expect(two["git"]?.text.contains("path=") == false)
        #expect(two["curl"]?.text.hasSuffix(" https://git.example.com:8080/r/") == true)
    }

    @Test(
        "begin with those of the services' kinds",
        arguments: [
            ([.http, .git], ["curl", "maven", "git", "ci", "netrc"]),
            ([.git], ["git", "curl", "ci", "netrc"]),
            ([.git, .http], ["git", "curl", "maven", "ci", "netrc"]),
            ([.maven], ["maven", "curl", "ci"]), ([.npm], ["npm", "curl", "ci"]),
            ([.pypi], ["pip", "curl", "ci", "netrc"]), ([.cargo], ["cargo", "curl", "ci"]),
            ([.docker], ["docker", "curl", "ci"]),
            ([.npm, .maven, .git], ["npm", "maven", "git", "curl", "ci", "netrc"]),
            (
                [.http, .cargo, .npm, .docker],
                ["curl", "maven", "git", "cargo", "npm", "docker", "ci", "netrc"]
            ),
            ([], ["curl", "maven", "git", "ci", "netrc"]),
        ] as [([Service.Kind], [String])])
    func kinds(_ kinds: [Service.Kind], _ ids: [String]) throws {
        #expect(try all(kinds.map { try service($0) }).map(\.id) == ids)
    }

    @Test("only of the services that the token reaches")
    func reached() throws {
        let services = try [service(.git), service(.npm), service(.maven)]
        #expect(try all(services, #require(Scopes(text: "npm:read"))).map(\.id) == ["npm", "curl", "ci"])
    }

    @Test("each have their guide", arguments: Service.Kind.allCases)
    func guides(_ kind: Service.Kind) throws {
        let first = try all([service(kind)])[0]
        #expect(first.guide?.name == first.id)
    }

    @Test("are what the tool reads")
    func tools() throws {
        func lines(_ kind: Service.Kind, _ scopes: String = "") throws -> [String] {
            try all([service(kind)], #require(Scopes(text: scopes)), login: "al ice")[0].steps.map(\.lines)
        }
        #expect(try lines(.docker) == ["docker login --username 'al ice' host:8443"])
        let token = secret.reveal()
        #expect(
            try lines(.npm) == [
                "touch ~/.npmrc && chmod 600 ~/.npmrc", "//host:8443/npm/:_authToken=\(token)",
                "registry=https://host:8443/npm/",
            ])
        #expect(try lines(.npm, "npm:read:/@team/app").last == "@team:registry=https://host:8443/npm/")
        #expect(
            try lines(.cargo)[0].contains("[registries.cargo]\nindex = \"sparse+https://host:8443/cargo/\"\n")
        )
        #expect(try lines(.cargo)[1] == "cargo login --registry cargo")
        #expect(try lines(.pypi)[1] == "machine host\nlogin \"al ice\"\npassword \(token)")
        #expect(try lines(.pypi)[2] == "--index-url https://host:8443/pypi/simple/")
        #expect(
            try lines(.pypi).count == 4 && lines(.pypi, "pypi:read").count == 3, "to publish, one may write")
    }

    @Test(
        "hold the token in files alone, and change nothing that holds for other hosts",
        arguments: Service.Kind.allCases)
    func safe(_ kind: Service.Kind) throws {
        for scopes in ["", "\(kind.rawValue):write:/a/b", "jeton:manage", "jeton:scim", "jeton:admin"] {
            for recipe in try all([service(kind)], #require(Scopes(text: scopes))) {
                for step in recipe.steps + recipe.variants.flatMap(\.steps) where step.place == nil {
                    #expect(!step.lines.contains(secret.reveal()))
                    for line in step.lines.split(separator: "\n") where line.contains("config --global") {
                        #expect(line.contains(" credential.https://host:8443"), "\(line)")
                    }
                }
            }
        }
    }

    @Test(
        "quote the login for where they go",
        arguments: [
            (
                "alice@example.com", "alice@example.com", "alice@example.com", "alice@example.com",
                "alice@example.com"
            ),
            (
                "siobhan.o'brien@x.example", #"'siobhan.o'\''brien@x.example'"#,
                "'siobhan.o''brien@x.example'",
                "siobhan.o'brien@x.example", #""siobhan.o'brien@x.example""#
            ),
            (
                "guest#EXT#@x.example", "'guest#EXT#@x.example'", "'guest#EXT#@x.example'",
                "guest#EXT#@x.example",
                #""guest#EXT#@x.example""#
            ),
            ("$(id) `id` !", "'$(id) `id` !'", "'$(id) `id` !'", "$(id) `id` !", #""$(id) `id` !""#),
            (#"DOM\al "x""#, #"'DOM\al "x"'"#, #"'DOM\al "x"'"#, #"DOM\al "x""#, #""DOM\\al \"x\"""#),
            ("a&b<c>]]>", "'a&b<c>]]>'", "'a&b<c>]]>'", "a&amp;b&lt;c&gt;]]&gt;", "a&b<c>]]>"),
            ("-n", "'-n'", "'-n'", "-n", "-n"), ("~root", "'~root'", "'~root'", "~root", "~root"),
            ("a’b", "'a’b'", "'a’’b'", "a’b", "a’b"),
        ])
    func quoted(login: String, shell: String, powerShell: String, xml: String, netrc: String) throws {
        let recipes = try recipes([Service(name: ServiceName("maven"))], login: login)
        #expect(recipes["curl"]?.text == "curl --user \(shell) https://HOST/")
        #expect(recipes["curl"]?.variants[0].steps[0].lines == "curl.exe --user \(powerShell) https://HOST/")
        #expect(recipes["maven"]?.text.contains("<username>\(xml)</username>") == true)
        #expect(recipes["netrc"]?.text.contains("\nlogin \(netrc)\npassword jtn_") == true)
        #expect(
            recipes["git"]?.text.contains("\\n\\n' https HOST \(shell) |\n  git credential fill |") == true)
    }

    @Test("say what to fill in where the operator gave none")
    func unaddressed() throws {
        let recipes = try recipes([Service(name: ServiceName("maven"), title: "Maven private repository")])
        #expect(recipes["curl"]?.hint == "Replace HOST with the address of Maven private repository.")
        #expect(recipes["git"]?.text.contains("credential.https://HOST.helper store\n") == true)
    }
}

extension Recipe {
    /// All that there is to paste, on Linux.
    fileprivate var text: String { steps.map(\.lines).joined(separator: "\n") }
}
