import Tokens

/// The setup for one tool: commands or a file with the login, the token and the service filled in.
struct Recipe: Sendable, Hashable {
    /// The tool's name in the page's markup.
    let id: String
    /// The label of the tab.
    let tool: String
    let hint: String
    /// The text to paste.
    let lines: String
    var remark: String?
}

extension Recipe {
    /// The recipes for a token with `scopes`, the likeliest first.
    static func all(
        login: Login, secret: TokenSecret, scopes: Scopes, services: [Service], deskURL: String
    ) -> [Recipe] {
        let reached = services.filter { scopes.reach($0.name) }
        let blank = Blank(login: login.text, token: secret.reveal(), scopes: scopes)
        let atDesk = DeskScope.allCases.filter(scopes.allow).map { blank.desk($0, at: deskURL) }
        guard !reached.isEmpty || atDesk.isEmpty else { return atDesk }
        let web = reached.first { $0.kind != .git } ?? reached.first
        let git = reached.first { $0.kind == .git } ?? reached.first
        var recipes = [
            blank.curl(web), blank.maven(reached.first { $0.kind == .maven } ?? web), blank.git(git),
            blank.variables(web), blank.netrc(web),
        ]
        let registries = registries(reached, blank)
        let first = reached.allSatisfy { Self.hasRecipe($0.kind) } ? 0 : 3
        recipes.insert(contentsOf: registries, at: registries.isEmpty ? 0 : first)
        recipes += atDesk
        if !reached.isEmpty, reached.allSatisfy({ $0.kind == .git }) { recipes.swapAt(0, 2) }
        return recipes
    }

    /// The values that recipes are filled in with.
    struct Blank {
        let login: String
        let token: String
        let scopes: Scopes

        /// The sentence that names what is left to fill in by hand; empty if nothing is.
        func missing(_ service: Service?) -> String {
            guard service?.url == nil else { return "" }
            return "Replace HOST with the address of \(service?.title ?? "the service")."
        }

        /// The path that the token is narrowed to at the service, if there is exactly one.
        func path(at service: Service?) -> ServicePath? {
            let paths = service.map { scopes.paths(of: $0.name) } ?? []
            return paths.count == 1 ? paths[0] : nil
        }

        private func url(of service: Service?) -> String {
            guard let path = path(at: service) else { return service?.url?.description ?? "https://HOST/" }
            return (service?.url?.withoutLastSlash ?? "https://HOST") + path.text
        }

        func host(of service: Service?) -> String {
            service?.url?.host ?? "HOST"
        }

        /// The beginning of the names of CI variables: `MAVEN`.
        private func stem(of service: Service?) -> String {
            (service?.name.text ?? "service").uppercased().replacing("-", with: "_")
        }

        func curl(_ service: Service?) -> Recipe {
            Recipe(
                id: "curl", tool: "curl", hint: missing(service),
                lines: "curl --user \(Quoted.shell("\(login):\(token)")) \(url(of: service))",
                remark: "wget, pip and apt accept the same login and token.")
        }

        func maven(_ service: Service?) -> Recipe {
            Recipe(
                id: "maven", tool: "Maven",
                hint: "Put this in ~/.m2/settings.xml. The id must match the repository in your pom.xml.",
                lines: """
                    <settings>
                      <servers>
                        <server>
                          <id>\(service?.name.text ?? "repository")</id>
                          <username>\(Quoted.xml(login))</username>
                          <password>\(token)</password>
                        </server>
                      </servers>
                    </settings>
                    """,
                remark:
                    "In CI, write ${env.\(stem(of: service))_TOKEN} as the password and keep the token in that variable."
            )
        }

        /// The host and the path of a repository that the token is narrowed to: Git otherwise keeps one token for each host.
        private func place(of service: Service?) -> (host: String, path: String)? {
            guard let path = path(at: service) else { return nil }
            let url = service?.url?.withoutLastSlash ?? "https://HOST"
            let host = "\(service?.url?.scheme ?? "https")://\(host(of: service))"
            return (host, String((url + path.text).dropFirst(host.count + 1)))
        }

        func git(_ service: Service?) -> Recipe {
            let place = place(of: service)
            return Recipe(
                id: "git", tool: "Git", hint: missing(service),
                lines: """
                    git config --global credential.helper store
                    \(place.map { "git config --global credential.\($0.host).useHttpPath true\n" } ?? "")\
                    git credential approve <<'END'
                    protocol=\(service?.url?.scheme ?? "https")
                    host=\(host(of: service))
                    \(place.map { "path=\($0.path)\n" } ?? "")\
                    username=\(login)
                    password=\(token)
                    END\(place == nil ? "" : "\ngit clone \(url(of: service))")
                    """,
                remark: "“store” keeps it in ~/.git-credentials, readable only by you. "
                    + "Use “osxkeychain”, “libsecret” or “manager” instead to keep it encrypted.")
        }

        func variables(_ service: Service?) -> Recipe {
            let stem = stem(of: service)
            return Recipe(
                id: "ci", tool: "CI variable",
                hint:
                    "Add these to the job’s or project’s secret variables, masked and for protected branches only.",
                lines: """
                    \(stem)_LOGIN=\(login)
                    \(stem)_TOKEN=\(token)
                    """,
                remark:
                    "A job can then run: curl --user \"$\(stem)_LOGIN:$\(stem)_TOKEN\" \(url(of: service))")
        }

        func netrc(_ service: Service?) -> Recipe {
            Recipe(
                id: "netrc", tool: ".netrc",
                hint: "Put this in ~/.netrc, with chmod 600."
                    + (missing(service).isEmpty ? "" : " \(missing(service))"),
                lines: """
                    machine \(service?.url.map(\.hostWithoutPort) ?? "HOST")
                    login \(Quoted.netrc(login))
                    password \(token)
                    """,
                remark: "curl reads it with --netrc; git and many other tools read it by themselves.")
        }

        func desk(_ scope: DeskScope, at desk: String) -> Recipe {
            switch scope {
            case .manage:
                Recipe(
                    id: "api", tool: "Jeton API",
                    hint: "Lists your tokens. The API is described at \(desk)/api/v1/openapi.json.",
                    lines: "curl --header 'Authorization: Bearer \(token)' \(desk)/api/v1/tokens")
            case .rotate:
                Recipe(
                    id: "rotate", tool: "Rotation",
                    hint: "Replaces the token's secret; the answer has the new one.",
                    lines: "curl --request POST --header 'Authorization: Bearer \(token)' "
                        + "\(desk)/api/v1/tokens/self/rotate")
            case .scim:
                Recipe(
                    id: "scim", tool: "SCIM",
                    hint:
                        "Give the identity provider the address \(desk)/scim/v2 and this token. To test it:",
                    lines: "curl --header 'Authorization: Bearer \(token)' \(desk)/scim/v2/Users",
                    remark: "It works as long as you are an administrator.")
            }
        }
    }
}

extension Recipe {
    /// The setup guide for the tool; `nil` for the desk's own API.
    var guide: Guide? {
        switch id {
        case "curl", "netrc": .named("curl")
        case "maven", "git", "docker", "npm", "cargo": .named(id)
        default: nil
        }
    }
}

/// Quoting for the places where a login is pasted. A login may contain any visible character except the colon.
enum Quoted {
    /// A word of a POSIX shell, in single quotes.
    static func shell(_ text: String) -> String { "'\(text.replacing("'", with: #"'\''"#))'" }

    /// The content of an XML element (XML 1.0, section 2.4).
    static func xml(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    /// A word of a `.netrc` file, quoted where a reader would end it or take it for a comment. curl, wget and Python's
    /// netrc know quotes, with a backslash before a quote or a backslash within.
    static func netrc(_ text: String) -> String {
        let breaks = text.unicodeScalars.contains { " \"'\\#".unicodeScalars.contains($0) }
        guard breaks else { return text }
        return "\"\(text.replacing(#"\"#, with: #"\\"#).replacing("\"", with: #"\""#))\""
    }
}
