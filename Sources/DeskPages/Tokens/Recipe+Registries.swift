import Tokens

extension Recipe.Blank {
    func docker(_ service: Service) -> Recipe {
        Recipe(
            id: "docker", tool: "Docker", hint: missing(service),
            steps: [
                .run(
                    "Docker asks for the password: paste the token.",
                    "docker login --username \(Quoted.shell(login)) \(host(of: service))")
            ],
            remark: "podman login and skopeo login accept the same options.")
    }

    func maven(_ service: Service?) -> Recipe {
        let file = "~/.m2/settings.xml"
        return Recipe(
            id: "maven", tool: "Maven",
            steps: [
                keepPrivate(file, in: "~/.m2"),
                .put(
                    "Put this in \(file); if it has settings already, add only the <server>. The id must match the "
                        + "repository in your pom.xml.",
                    in: file,
                    """
                    <settings>
                      <servers>
                        <server>
                          <id>\(service?.name.text ?? "repository")</id>
                          <username>\(Quoted.xml(login))</username>
                          <password>\(token)</password>
                        </server>
                      </servers>
                    </settings>
                    """),
            ],
            variants: [onWindows(".m2\\settings.xml", in: ".m2")],
            remark:
                "In CI, write ${env.\(stem(of: service))_TOKEN} as the password and keep the token in that variable."
        )
    }

    func npm(_ service: Service) -> Recipe {
        let url = address(of: service)
        let place = url.split(separator: "/", maxSplits: 1).last?.dropFirst() ?? ""
        // A token for the packages of one npm scope is set for that scope's registry only.
        let segments = (path(at: service)?.text ?? "").split(separator: "/")
        let scope = segments.first.flatMap { $0.hasPrefix("@") ? $0 : nil }
        return Recipe(
            id: "npm", tool: "npm", hint: missing(service),
            steps: [
                keepPrivate("~/.npmrc"),
                .put("Add this line to ~/.npmrc:", in: "~/.npmrc", "//\(place):_authToken=\(token)"),
                .put(
                    "Add this line to the project’s own .npmrc, beside its package.json. It may be committed:",
                    in: ".npmrc", "\(scope.map { "\($0):" } ?? "")registry=\(url)"),
            ],
            variants: [onWindows(".npmrc")],
            remark: "In CI, write ${NPM_TOKEN} instead of the token and keep the token in that variable.")
    }

    func pip(_ service: Service) -> Recipe {
        let url = address(of: service)
        let index = url.hasSuffix("/simple/") ? url : "\(url)simple/"
        let upload = Recipe.Instruction.run(
            "To publish, twine asks for the password: paste the token.",
            "twine upload --repository-url \(url) --username __token__ dist/*")
        return Recipe(
            id: "pip", tool: "pip", hint: missing(service),
            steps: [
                keepPrivate("~/.netrc"), machine(service, "Add this to ~/.netrc:"),
                .put(
                    "Add this line to the project’s requirements.txt. It may be committed:",
                    in: "requirements.txt",
                    "--index-url \(index)"),
            ] + (scopes.reach(service.name, .write) ? [upload] : []),
            variants: [onWindows("_netrc")],
            remark:
                "pip then installs from there alone, so no other index can offer a package of the same name.")
    }

    func cargo(_ service: Service) -> Recipe {
        let name = service.name.text
        let file = "~/.cargo/config.toml"
        return Recipe(
            id: "cargo", tool: "cargo", hint: missing(service),
            steps: [
                .put(
                    "Add this to \(file), or to the project’s .cargo/config.toml:", in: file,
                    """
                    [registries.\(name)]
                    index = "sparse+\(address(of: service))"
                    credential-provider = ["cargo:token"]
                    """),
                .run(
                    "cargo asks for the token, and shows it as you paste it:",
                    "cargo login --registry \(name)"),
            ],
            variants: [onWindows(".cargo\\config.toml", in: ".cargo")],
            remark: "It is kept in ~/.cargo/credentials.toml, readable only by you. With cargo:libsecret, "
                + "cargo:macos-keychain or cargo:wincred instead of cargo:token it is encrypted.")
    }
}
