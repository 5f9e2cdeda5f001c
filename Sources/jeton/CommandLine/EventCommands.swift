import Desk
import JSON
import Tokens

extension Command {
    private static let kind = Flag(
        name: "--kind", value: "KIND",
        summary:
            "a kind such as token_revoked, or one of \(EventFamily.allCases.map(\.rawValue).joined(separator: ", "))",
        isRepeated: true)
    private static let filters: [(flag: Flag, name: String)] = [
        (Flag(name: "--who", value: "LOGIN", summary: "who did it, or whom it is about"), "who"),
        (Flag(name: "--token", value: "TOKEN", summary: "the identifier of a token"), "token"),
        (Flag(name: "--address", value: "ADDRESS", summary: "the address of whoever did it"), "address"),
        (Flag(name: "--incident", value: "NUMBER", summary: "the incident that it belongs to"), "incident"),
        (
            Flag(name: "--from", value: "TIME", summary: "the earliest time (RFC 3339), or a day (UTC)"),
            "from"
        ),
        (
            Flag(
                name: "--until", value: "TIME", summary: "the time before which it happened, or the last day"),
            "until"
        ),
        (
            Flag(
                name: "--search", value: "TEXT",
                summary: "a text in the event, or in the names of those concerned"),
            "search"
        ),
    ]
    private static let after = Flag(
        name: "--after", value: "EVENT", summary: "list what followed that event, oldest first")
    private static let limit = Flag(
        name: "--limit", value: "NUMBER", summary: "how many to list (default: 50)")
    private static let json = Flag(name: "--json", summary: "print JSON, a document on each line")
    private static let follow = Flag(
        name: "--follow", summary: "go on with what happens from now on, until it is interrupted")

    static let events = Command(
        words: ["events"], summary: "List events: who did what, when and from where.",
        flags: [kind] + filters.map(\.flag) + [after, limit, json, follow, .data, .config],
        details: """
            Lists the newest events, the latest last. With --after, lists what followed an event, whose identifier
            --json prints as `id`: a program that remembers the last one it has seen misses none.
            """,
        hasAnswer: false
    ) { (arguments, environment) throws(CommandFailure) in
        let listing = try EventListing(arguments, environment)
        try await listing.run()
        return .printed
    }

    /// One run of `jeton events`.
    private struct EventListing {
        private let administration: Administration
        private let environment: CommandEnvironment
        private let filter: [(name: String, value: String)]
        private let start: String?
        private let count: Int
        private let isJSON: Bool
        private let follows: Bool

        init(_ arguments: Arguments, _ environment: CommandEnvironment) throws(CommandFailure) {
            administration = Administration(context: CommandContext(arguments, environment))
            self.environment = environment
            filter =
                arguments.values(kind).map { ("kind", $0) }
                + filters.compactMap { flag, name in arguments.value(flag).map { (name, $0) } }
            start = arguments.value(after)
            (isJSON, follows) = (arguments.has(json), arguments.has(follow))
            count =
                try arguments.value(limit).map { (text) throws(CommandFailure) in
                    guard let count = Int(text), count > 0 else {
                        throw .misused("--limit takes a number, not “\(shown(text))”")
                    }
                    return count
                } ?? 50
        }

        func run() async throws(CommandFailure) {
            var cursor: String
            if let start {
                cursor = try await forward(from: start, most: follows ? .max : count)
            } else {
                // Where to follow from is read first, so that nothing is left out in between.
                cursor = follows ? try await newest() : ""
                // Identifiers sort as texts, too.
                cursor = max(cursor, try await newestEvents())
            }
            while follows {
                do { try await Task.sleep(for: .seconds(1)) } catch { return }
                cursor = try await forward(from: cursor, most: .max)
            }
        }

        /// Prints the newest events, the latest last. Returns the identifier of the latest.
        private func newestEvents() async throws(CommandFailure) -> String {
            var (found, cursor) = ([JSONValue](), "")
            while found.count < count {
                let page = try await page([
                    ("before", cursor), ("limit", "\(min(count - found.count, 1000))"),
                ])
                found += page["events"]?.array ?? []
                cursor = page.text("cursor")
                if page["at_end"] == .bool(true) { break }
            }
            if found.isEmpty, !isJSON, !follows { Output.mention("there are no such events\n") }
            try print(found.reversed())
            return found.first?.text("id") ?? ""
        }

        /// Prints what followed an event, oldest first. Returns the cursor behind it.
        private func forward(from start: String, most: Int) async throws(CommandFailure) -> String {
            var (cursor, rest) = (start, most)
            while rest > 0 {
                let page = try await page([("after", cursor), ("limit", "\(min(rest, 1000))")])
                let events = page["events"]?.array ?? []
                try print(events)
                rest -= events.count
                let next = page.text("cursor")
                if !next.isEmpty { cursor = next }
                if page["at_end"] == .bool(true) { break }
            }
            return cursor
        }

        /// The identifier of the newest event of all.
        private func newest() async throws(CommandFailure) -> String {
            try await administration.send("GET", "/events?before=&limit=1").text("cursor")
        }

        private func page(_ more: [(name: String, value: String)]) async throws(CommandFailure) -> JSONValue {
            let pairs = (filter + more).map { "\($0.name)=\($0.value.percentEncoded)" }
            return try await administration.send("GET", "/events?\(pairs.joined(separator: "&"))")
        }

        private func print(_ events: [JSONValue]) throws(CommandFailure) {
            guard !events.isEmpty else { return }
            if isJSON { return try environment.print(events.map { $0.text + "\n" }.joined()) }
            var table = PrintedTable(["TIME", "WHAT", "WHO", "WHOM", "TOKEN", "FROM", "DETAIL"])
            for event in events {
                table.add([
                    String(event.text("at").prefix(19)).replacing("T", with: " ") + "Z", event.text("kind"),
                    name(event["actor"]), name(event["subject"]), event.text("token"), event.text("address"),
                    event.text("detail"),
                ])
            }
            try environment.print(table.text)
        }

        private func name(_ person: JSONValue?) -> String {
            guard let person else { return "" }
            let login = person.text("login")
            return login.isEmpty ? person.text("id") : login
        }
    }
}
