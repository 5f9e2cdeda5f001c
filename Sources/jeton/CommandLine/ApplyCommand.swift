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

    static let apply = Command(
        words: ["apply"],
        summary: "Make service accounts, their tokens and groups as files say that they should be.",
        flags: [file, dryRun, secretsTo, .data, .config],
        details: """
            Prints + for what is added, ~ for what changes, and - for what ends. What the files do not name is left
            alone, unless they prune its kind: accounts are suspended then, tokens revoked, and memberships removed.
            Everything is compared and checked first. Each error has its place, and nothing is changed if there is one.
            A second run says that there is nothing to change. docs/operate/apply.md has the keys of the files.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let wanted = try StateFiles.read(arguments.values(file))
        let run = ApplyRun(
            administration: Administration(context: CommandContext(arguments, environment)),
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
}
