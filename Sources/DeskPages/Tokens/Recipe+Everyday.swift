import Tokens

extension Recipe.Blank {
    func curl(_ service: Service?) -> Recipe {
        let words = "curl asks for the password: paste the token. It shows nothing while you paste."
        return Recipe(
            id: "curl", tool: "curl", hint: missing(service),
            steps: [.run(words, "curl --user \(Quoted.shell(login)) \(url(of: service))")],
            variants: [
                Recipe.Variant(
                    title: "On Windows",
                    steps: [
                        .run(
                            "In PowerShell, curl alone may be another program:",
                            "curl.exe --user \(Quoted.powerShell(login)) \(url(of: service))")
                    ])
            ],
            remark: "wget --ask-password, pip and apt accept the same login and token.")
    }

    func netrc(_ service: Service?) -> Recipe {
        Recipe(
            id: "netrc", tool: ".netrc", hint: missing(service),
            steps: [keepPrivate("~/.netrc"), machine(service, "Add this to ~/.netrc:")],
            variants: [onWindows("_netrc")],
            remark: "curl reads it with --netrc; git, wget and pip read it by themselves.")
    }

    /// The entry of `.netrc` for a service.
    func machine(_ service: Service?, _ sentence: String) -> Recipe.Instruction {
        .put(
            "\(sentence) If the file already has this machine, replace that entry: the first one counts.",
            in: "~/.netrc",
            """
            machine \(service?.url.map(\.hostWithoutPort) ?? "HOST")
            login \(Quoted.netrc(login))
            password \(token)
            """)
    }

    func variables(_ service: Service?) -> Recipe {
        let stem = stem(of: service)
        return Recipe(
            id: "ci", tool: "CI variable", hint: missing(service),
            steps: [
                .put(
                    "Add these to the job’s or project’s secret variables, masked and for protected branches only:",
                    in: "secret variables",
                    """
                    \(stem)_LOGIN=\(login)
                    \(stem)_TOKEN=\(token)
                    """),
                .run(
                    "A job can then run:",
                    """
                    printf 'header = "Authorization: Bearer %s"\\n' "$\(stem)_TOKEN" |
                      curl --fail-with-body --config - \(url(of: service))
                    """),
            ],
            remark: "This way, the token is in no command that the list of processes shows.")
    }

    func desk(_ scope: DeskScope, at desk: String) -> Recipe {
        switch scope {
        case .manage:
            Recipe(
                id: "api", tool: "Jeton API",
                steps: [
                    .run(
                        "This lists your tokens. curl asks for the password: paste the token.",
                        "curl --user \(Quoted.shell(login)) \(desk)/api/v1/tokens")
                ], remark: "The API is described at \(desk)/api/v1/openapi.json.")
        case .rotate:
            Recipe(
                id: "rotate", tool: "Rotation",
                steps: [
                    .run(
                        "This replaces the token’s secret and prints the new one. curl asks for the password: paste "
                            + "the token.",
                        "curl --user \(Quoted.shell(login)) --request POST \(desk)/api/v1/tokens/self/rotate")
                ], remark: "The previous secret keeps working until everything has moved to the new one.")
        case .scim:
            Recipe(
                id: "scim", tool: "SCIM",
                steps: [
                    .run(
                        "Give the identity provider the address \(desk)/scim/v2 and this token. To test it, paste the "
                            + "token as the password:",
                        "curl --user \(Quoted.shell(login)) \(desk)/scim/v2/Users")
                ], remark: "It works as long as you are an administrator.")
        case .leaks:
            Recipe(
                id: "leaks", tool: "Leak reports",
                steps: [
                    .run(
                        "This reports what a scanner found, here gitleaks. curl asks for the password: paste the token.",
                        "gitleaks dir --report-format json --report-path - . | curl --user "
                            + "\(Quoted.shell(login)) --json @- \(desk)/leaks")
                ], remark: "What is reported is revoked, unless the operator decided otherwise.")
        case .admin, .audit:
            Recipe(
                id: scope.rawValue, tool: scope == .admin ? "Administration API" : "Audit API",
                steps: [
                    .run(
                        "This lists the newest tokens of everybody. curl asks for the password: paste the token.",
                        "curl --user \(Quoted.shell(login)) \(desk)/api/v1/admin/tokens")
                ],
                remark:
                    "It works as long as its owner is an administrator. All operations are at \(desk)/api.")
        }
    }
}
