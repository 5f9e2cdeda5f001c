import JSON
import Tokens

extension Command {
    private static let service = Flag(
        name: "--service", value: "NAME", summary: "only this service")
    private static let since = Flag(
        name: "--since", value: "WHEN",
        summary: "how far back: 30d, 12h, 4w, or a day such as 2027-01-31 (default: 30d)")
    private static let csv = Flag(name: "--csv", summary: "print CSV")

    static let passwordsReport = Command(
        words: ["passwords", "report"], summary: "List who still uses a password instead of a token.",
        flags: [service, since, csv, .data, .config],
        details: "Counts whole days, in UTC. Uses are kept for 90 days."
    ) { (arguments, environment) throws(CommandFailure) in
        guard !arguments.has(csv) || !arguments.has(.json) else {
            throw .misused("--csv and --json cannot be combined")
        }
        let start = try arguments.value(since).map { (text) throws(CommandFailure) in
            try past(text, from: Clock.system.now)
        }
        let query = [
            arguments.value(service).map { "service=\(pathPiece($0))" },
            start.map { "since=\(pathPiece($0.rfc3339))" }, arguments.has(csv) ? "format=csv" : nil,
        ].compactMap(\.self).joined(separator: "&")
        let answer = try await Administration(context: CommandContext(arguments, environment)).send(
            "GET", query.isEmpty ? "/passwords" : "/passwords?\(query)")
        return .facts(
            answer,
            arguments.has(csv) ? answer.text("csv") : passwordServices(answer) + passwordUses(answer))
    }

    /// Parses the value of `--since`.
    private static func past(_ text: String, from now: Timestamp) throws(CommandFailure) -> Timestamp {
        if let span = TimeSpan(text: text) { return now - span }
        guard let day = Timestamp(date: text) else {
            throw .misused(
                "--since takes a time such as 30d or 12h, or a day such as 2027-01-31, not “\(shown(text))”")
        }
        return day
    }

    /// A row for each service: until when it takes passwords, and how many people still use one.
    private static func passwordServices(_ answer: JSONValue) -> String {
        var table = PrintedTable(["SERVICE", "PASSWORDS", "UNTIL", "PEOPLE"])
        let services = answer["services"]?.array ?? []
        for service in services {
            let isOpen = service.text("passwords") == "transition"
            let until = service.text("passwords_until")
            table.add([
                service.text("service"), service.text("passwords"),
                isOpen && until.isEmpty ? "no date set" : until,
                service["people"]?.text ?? "",
            ])
        }
        return services.isEmpty ? "" : table.text + "\n"
    }

    private static func passwordUses(_ answer: JSONValue) -> String {
        let uses = answer["uses"]?.array ?? []
        guard !uses.isEmpty else {
            return "Nobody has used a password since \(answer.text("since").prefix(10)).\n"
        }
        var table = PrintedTable(["PERSON", "NAME", "SERVICE", "CLIENT", "ADDRESS", "TIMES", "LAST"])
        for use in uses {
            table.add([
                use.text("login"), use.text("name"), use.text("service"), use.text("client"),
                use.text("address"), use["count"]?.text ?? "", use.moment("last"),
            ])
        }
        return table.text
    }
}
