import JSON
import Tokens

extension Command {
    private static let state = Flag(
        name: "--state", value: "STATE", summary: "only those: waiting, sent or failed",
        words: ["waiting", "sent", "failed"])
    private static let to = Flag(name: "--to", value: "ADDRESS", summary: "send a mail to that address")
    private static let endpoint = Flag(
        name: "--endpoint", value: "NAME", summary: "post to that webhook of the configuration")
    private static let url = Flag(
        name: "--url", value: "URL", summary: "have the notices of the account posted there")
    private static let remove = Flag(name: "--remove", summary: "remove the webhook")

    static let noticesList = Command(
        words: ["notices", "list"],
        summary: "List the newest notices by mail and webhook: what waits, was sent, or failed.",
        flags: [state, .data, .config],
        details: "A delivery that fails is tried for three days. `jeton notices send-again` tries it anew."
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let query = arguments.value(state).map { "?state=\($0.percentEncoded)" } ?? ""
        let answer = try await administration.send("GET", "/notices\(query)")
        let deliveries = answer["deliveries"]?.array ?? []
        var table = PrintedTable(["NOTICE", "TIME", "TO", "BY", "STATE", "WHAT", "ERROR"])
        for delivery in deliveries {
            table.add([
                delivery.text("notice"), delivery.moment("at"), delivery.text("recipient"),
                delivery.text("channel"), delivery.text("state"), delivery.text("title"),
                delivery.text("error"),
            ])
        }
        var printed = CommandAnswer.facts(.array(deliveries), table.text)
        printed.notes = (answer["disabled"]?.array ?? []).map {
            "\($0.text("name")) is disabled since \($0.moment("at")) UTC: \($0.text("reason")); "
                + "`jeton notices enable \($0.text("name"))` enables it"
        }
        return printed
    }

    static let noticesTest = Command(
        words: ["notices", "test"],
        summary: "Send a test message through what is configured, and say what was answered.",
        flags: [to, endpoint, .data, .config],
        details:
            "With --to, sends a mail. With --endpoint, posts to a webhook; without either, to all of them."
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        if arguments.value(to) != nil, arguments.value(endpoint) != nil {
            throw .misused("--to and --endpoint cannot be given together")
        }
        let answer = try await administration.send(
            "POST", "/notices/test",
            ["to": .optional(arguments.value(to)), "endpoint": .optional(arguments.value(endpoint))])
        let results = answer["results"]?.array ?? []
        let lines = results.map { "\($0.text("channel")): \($0.text("answer"))" }
        if results.contains(where: { $0["is_good"] != true }) {
            throw .failed(lines.joined(separator: "\n"))
        }
        return .done(.array(results), lines.map { $0 + "\n" }.joined())
    }

    static let noticesSendAgain = Command(
        words: ["notices", "send-again"], summary: "Send again what failed of a notice.",
        operands: ["NOTICE"],
        flags: [.data, .config], details: "NOTICE is an identifier of `jeton notices list`, or `all`."
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let notice = arguments.operands[0]
        let answer = try await administration.send(
            "POST", "/notices/send-again", ["notice": .optional(notice == "all" ? nil : notice)])
        guard case .integer(let count)? = answer["waiting"], count > 0 else {
            throw .failed("nothing of it has failed: `jeton notices list --state failed` lists what has")
        }
        return .done(answer, "\(count) will be sent again\n")
    }

    static let noticesEnable = Command(
        words: ["notices", "enable"], summary: "Send to a webhook again that was disabled.",
        operands: ["NAME"],
        flags: [.data, .config],
        details: "NAME is that of `jeton notices list`, such as webhook/ops."
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let answer = try await administration.send(
            "POST", "/notices/enable", ["name": .string(arguments.operands[0])])
        guard answer["enabled"] == true else {
            throw .failed("no webhook of that name is disabled: `jeton notices list` says which are")
        }
        return .done(answer, "enabled \(shown(arguments.operands[0]))\n")
    }

    static let accountWebhook = Command(
        words: ["account", "webhook"],
        summary: "Print, set or remove where the notices of a service account are posted.",
        operands: ["LOGIN"], flags: [url, remove, .data, .config],
        details: """
            Its stewards can do the same at the desk. The host must be on `notices.team_webhooks.allowed`. With --url,
            prints the signing secret, this once.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let path = "/accounts/\(pathPiece(arguments.operands[0]))/webhook"
        if let address = arguments.value(url) {
            guard !arguments.has(remove) else {
                throw .misused("--url and --remove cannot be given together")
            }
            let answer = try await administration.send("POST", path, ["url": .string(address)])
            return .done(answer, answer.text("secret") + "\n")
        }
        if arguments.has(remove) {
            return .done(try await administration.send("DELETE", path), "removed\n")
        }
        let answer = try await administration.send("GET", path)
        return .facts(answer, answer["url"] == .null ? "" : answer.text("url") + "\n")
    }
}
