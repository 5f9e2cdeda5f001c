import Tokens

extension Recipe {
    /// One recipe for each kind of registry among `services`.
    static func registries(_ services: [Service], _ blank: Blank) -> [Recipe] {
        func first(_ kind: Service.Kind) -> Service? { services.first { $0.kind == kind } }
        return [
            first(.docker).map(blank.docker), first(.npm).map(blank.npm), first(.cargo).map(blank.cargo),
        ].compactMap(\.self)
    }
}

extension Recipe {
    /// Whether there is a recipe for this kind of registry.
    static func hasRecipe(_ kind: Service.Kind) -> Bool { [.docker, .npm, .cargo].contains(kind) }
}

extension Recipe.Blank {
    func docker(_ service: Service) -> Recipe {
        Recipe(
            id: "docker", tool: "Docker", hint: missing(service),
            lines: "printf %s \(token) | docker login --username \(Quoted.shell(login)) "
                + "--password-stdin \(host(of: service))",
            remark: "podman login and skopeo login accept the same options.")
    }

    func npm(_ service: Service) -> Recipe {
        let url = (service.url?.withoutLastSlash ?? "https://HOST") + "/"
        // A token for the packages of one npm scope is set for that scope's registry only.
        let segments = (path(at: service)?.text ?? "").split(separator: "/")
        let registry = segments.first.flatMap { $0.hasPrefix("@") ? "\($0):registry" : nil } ?? "registry"
        return Recipe(
            id: "npm", tool: "npm",
            hint: "Put this in ~/.npmrc." + (missing(service).isEmpty ? "" : " \(missing(service))"),
            lines: """
                \(registry)=\(url)
                //\(url.split(separator: "/", maxSplits: 1).last?.dropFirst() ?? ""):_authToken=\(token)
                """,
            remark:
                "In a project, write ${NPM_TOKEN} instead of the token and keep the token in that variable.")
    }

    func cargo(_ service: Service) -> Recipe {
        let name = service.name.text
        let url = (service.url?.withoutLastSlash ?? "https://HOST") + "/"
        return Recipe(
            id: "cargo", tool: "cargo", hint: missing(service),
            lines: """
                mkdir -p ~/.cargo
                cat >>~/.cargo/config.toml <<'END'
                [registries.\(name)]
                index = "sparse+\(url)"
                credential-provider = ["cargo:token"]
                END
                printf %s \(token) | cargo login --registry \(name)
                """,
            remark: "It is kept in ~/.cargo/credentials.toml, readable only by you.")
    }
}
