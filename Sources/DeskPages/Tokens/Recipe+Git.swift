import Tokens

extension Recipe.Blank {
    func git(_ service: Service?) -> Recipe {
        if let path = path(at: service) { return git(service, only: path) }
        let config = "git config --global credential.\(origin(of: service))"
        let question =
            "Git asks for the password: paste the token. A helper that you have set keeps it; if there is none, "
        return Recipe(
            id: "git", tool: "Git", hint: missing(service),
            steps: [
                .run(
                    question + "this host’s goes into ~/.git-credentials.",
                    ask(service, unlessHelped: "store"))
            ],
            variants: [
                Recipe.Variant(
                    title: "On macOS",
                    steps: [
                        .run(
                            question + "this host’s goes into the keychain.",
                            ask(service, unlessHelped: "osxkeychain"))
                    ]),
                Recipe.Variant(
                    title: "On Windows",
                    steps: [
                        .run(
                            "Git for Windows includes Git Credential Manager. This tells it that the host takes a login "
                                + "and a password. Then clone: in the window that opens, enter “\(login)” and paste the "
                                + "token.", "\(config).provider generic")
                    ]),
            ],
            remark:
                "Only this host’s credential changes. ~/.git-credentials is not encrypted, and readable only by you; "
                + "the guide shows how to keep it in a keyring.")
    }

    /// The commands that ask for the token and give it to the helper in force, or to `helper` for this host alone.
    private func ask(_ service: Service?, unlessHelped helper: String) -> String {
        let origin = origin(of: service)
        return """
            git config --get-urlmatch credential.helper \(origin) >/dev/null ||
              git config --global credential.\(origin).helper \(helper)
            \(described(service)) | git credential reject
            \(described(service)) |
              git credential fill | git credential approve
            """
    }

    /// The command that writes what Git's helpers find a credential by.
    private func described(_ service: Service?, below path: String? = nil) -> String {
        let fields = ["protocol=%s", "host=%s", path == nil ? nil : "path=%s", "username=%s"].compactMap(
            \.self)
        let values = [
            service?.url?.scheme ?? "https", host(of: service), path.map(Quoted.shell), Quoted.shell(login),
        ]
        .compactMap(\.self)
        return "printf '\(fields.joined(separator: "\\n"))\\n\\n' \(values.joined(separator: " "))"
    }

    /// The setup for one repository: a store of its own, so that Git offers this token nowhere else on the host, and
    /// no other token here.
    private func git(_ service: Service?, only path: ServicePath) -> Recipe {
        let url = url(of: service)
        // Git compares decoded paths.
        let below = Array(url.utf8.dropFirst(origin(of: service).utf8.count + 1)).span.percentDecoded()
        let name = path.text.split(separator: "/").last ?? "repository"
        let file =
            "~/.git-credentials-\(name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) })"
        let config = "git config --global"
        return Recipe(
            id: "git", tool: "Git", hint: missing(service),
            steps: [
                .run(
                    "Git asks for the password: paste the token. It is for this repository only, so it goes into a "
                        + "file of its own, \(file).",
                    """
                    \(config) --replace-all credential.\(url).helper ''
                    \(config) --add credential.\(url).helper 'store --file \(file)'
                    \(config) credential.\(url).useHttpPath true
                    \(described(service, below: below)) | git credential reject
                    \(described(service, below: below)) |
                      git credential fill | git credential approve
                    """),
                .run("Then:", "git clone \(url)"),
            ],
            variants: [
                Recipe.Variant(
                    title: "On Windows",
                    steps: [
                        .run(
                            "Git Credential Manager keeps one token for each host, unless you say otherwise. In the "
                                + "window that opens, enter “\(login)” and paste the token:",
                            """
                            \(config) credential.\(url).provider generic
                            \(config) credential.\(url).useHttpPath true
                            git clone \(url)
                            """)
                    ])
            ],
            remark:
                "Credentials for other repositories stay as they are. The file is not encrypted, and readable only "
                + "by you.")
    }
}
