import JSON

extension Command {
    private static let file = Flag(
        name: "-f", value: "FILE", summary: "a state file, - for standard input, or a folder of state files",
        isRepeated: true, isRequired: true)
    private static let dryRun = Flag(
        name: "--dry-run", summary: "print what differs, and change nothing")
    private static let secretsTo = Flag(
        name: "--secrets-to", value: "DIR",
        summary: "a folder that gets the secret of each new token, in LOGIN/NAME; without it, none is created"
    )
    private static let desk = Flag(
        name: "--desk", value: "URL",
        summary: "a desk somewhere else, by its address; the token is in --token-file or $JETON_TOKEN")
    private static let tokenFile = Flag(
        name: "--token-file", value: "FILE",
        summary: "with --desk: the file with a token that has the scope jeton:admin, - for standard input")

    static let apply = Command(
        words: ["apply"],
        summary: "Make service accounts, their tokens and groups as files say that they should be.",
        flags: [file, dryRun, secretsTo, desk, tokenFile, .data, .config],
        details: """
            Prints + for what is added, ~ for what changes, and - for what ends. What the files do not name is left
            alone, unless they prune its kind: accounts are suspended then, tokens revoked, and memberships removed.
            Everything is compared and checked first. Each error has its place, and nothing is changed if there is one.
            A second run says that there is nothing to change. docs/operate/apply.md has the keys of the files.
            With --desk it works from anywhere, for example in a pipeline. A token creates no tokens there: those are
            listed as missing.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let wanted = try StateFiles.read(arguments.values(file))
        let run = ApplyRun(
            administration: Administration(
                context: CommandContext(arguments, environment), remote: try remote(arguments, environment)),
            secrets: arguments.value(secretsTo).map { SecretFolder(path: $0) })
        let plan = try await run.plan(wanted)
        let text = StatePlanText(plan: plan)
        let isDone = !arguments.has(dryRun)
        let secrets = isDone ? try await run.make(plan) : []
        var answer = CommandAnswer(
            json: plan.json(isDone: isDone, secrets: secrets), text: text.steps + text.end(isDone: isDone),
            isChange: isDone && !plan.made.isEmpty)
        answer.notes = plan.notes
        return answer
    }

    /// The desk of `--desk`, and the token for it; `nil` for the one on this machine.
    private static func remote(
        _ arguments: Arguments, _ environment: CommandEnvironment
    ) throws(CommandFailure) -> (desk: DeskClient, secret: String)? {
        guard let address = arguments.value(desk) else {
            guard !arguments.has(tokenFile) else { throw .misused("--token-file is only for \(desk.usage)") }
            return nil
        }
        guard !arguments.has(secretsTo) else {
            throw .misused("--secrets-to is not for --desk: a token with jeton:admin creates no tokens")
        }
        let client = try DeskClient(address)
        if let file = arguments.value(tokenFile) {
            guard file != "-" || !arguments.values(self.file).contains("-") else {
                throw .misused("standard input is either a state file or the token")
            }
            return (client, try SelfRotation.presentSecret(in: file))
        }
        guard let text = environment.variables["JETON_TOKEN"], !text.isEmpty else {
            throw .misused("--desk needs \(tokenFile.usage), or the token in $JETON_TOKEN")
        }
        guard let secret = SelfRotation.secret(in: Array(text.utf8)) else {
            throw .misused("$JETON_TOKEN must have the token and nothing else")
        }
        return (client, secret)
    }
}
