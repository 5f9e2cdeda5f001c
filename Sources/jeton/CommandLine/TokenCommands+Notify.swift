import JSON

extension Command {
    private static let message = Flag(
        name: "--reason", value: "TEXT", summary: "what the owners should know or do; it is required")
    private static let yes = Flag(name: "--yes", summary: "send it; without it, the preview is printed")

    static let tokenNotify = Command(
        words: ["token", "notify"],
        summary: "Send the owners of many tokens a notice, such as those of a finding.",
        flags: bulkFilters.map(\.flag) + [
            bulkToken, bulkSecrets, bulkSelection, message, yes, .data, .config,
        ],
        details: """
            Selects the tokens that match every filter, or those of --token, or those of --secrets. Without --yes,
            prints them and sends nothing; --selection then means exactly those. The stewards of a service account
            are told in its place. The tokens work on.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        guard let reason = arguments.value(message), !reason.isEmpty else {
            throw .misused("say with --reason what the owners should know or do")
        }
        let administration = Administration(context: CommandContext(arguments, environment))
        let preview = try await preview(arguments, administration)
        let id = preview.text("id")
        guard arguments.has(yes) else {
            try environment.print(arguments.has(.json) ? preview.text + "\n" : words(of: preview))
            throw .misused(
                "nothing was sent: add --selection \(id) --yes to notify the owners of exactly these")
        }
        let answer = try await administration.send(
            "POST", "/selections/\(pathPiece(id))/notify", ["reason": .string(reason)])
        return .done(answer, "notified the owners of \(answer["changed"]?.integer ?? 0) tokens\n")
    }
}
