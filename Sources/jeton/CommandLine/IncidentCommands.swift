import Desk
import JSON
import Tokens

/// Incidents: pausing many tokens in one change, under one number, and what follows.
extension Command {
    private static let number = "NUMBER"
    private static let oneToken = Flag(
        name: "--token", value: "TOKEN", summary: "one of its tokens, by identifier", isRepeated: true)
    private static let everyToken = Flag(name: "--all", summary: "all tokens that it pauses")

    static let incidentList = Command(
        words: ["incident", "list"], summary: "List incidents, the newest first.", flags: [.data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        var incidents: [JSONValue] = []
        var next: Int64?
        repeat {
            let before = next.map { "&before=\($0)" } ?? ""
            let page = try await administration.send("GET", "/incidents?limit=500\(before)")
            incidents += page["incidents"]?.array ?? []
            next = page["next"]?.integer
        } while next != nil
        var table = PrintedTable(["NUMBER", "STATE", "OPENED", "BY", "PAUSED", "RELEASED", "ENDED", "TITLE"])
        for incident in incidents {
            let tokens = incident["tokens"]
            table.add([
                "\(incident["number"]?.integer ?? 0)", isOpen(incident) ? "open" : "closed",
                incident.moment("opened_at"),
                opener(of: incident), "\(tokens?["paused"]?.integer ?? 0)",
                "\(tokens?["released"]?.integer ?? 0)", "\(tokens?["ended"]?.integer ?? 0)",
                incident.text("title"),
            ])
        }
        return .facts(.array(incidents), table.text)
    }

    private static let ofState = Flag(
        name: "--state", value: "STATE",
        summary: "only its tokens that are paused (default), released or ended",
        words: ["paused", "released", "ended"])

    static let incidentShow = Command(
        words: ["incident", "show"], summary: "Print an incident and its tokens.", operands: [number],
        flags: [ofState, .data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let path = "/incidents/\(pathPiece(arguments.operands[0]))"
        let incident = try await administration.send("GET", path)
        let state = arguments.value(ofState) ?? "paused"
        var tokens: [JSONValue] = []
        var after = ""
        repeat {
            let page = try await administration.send(
                "GET", "\(path)/tokens?state=\(state.percentEncoded)&limit=500\(after)")
            tokens += page["tokens"]?.array ?? []
            after = page["next"]?.string.map { "&after=\($0.percentEncoded)" } ?? ""
        } while !after.isEmpty
        let facts =
            "\(headline(of: incident))\nopened \(incident.moment("opened_at")) by \(opener(of: incident))\n"
            + "\(counts(of: incident))\n"
        let list = tokens.isEmpty ? "" : "\n\(tokenTable(tokens).text)"
        return .facts(incident.with(["listed": .array(tokens)]), facts + list)
    }

    static let incidentRelease = change(
        "release", "Let tokens of an incident work again, unless something else pauses them.",
        done: "released")
    static let incidentRevoke = change(
        "revoke", "Revoke tokens of an incident for good, at once.", done: "revoked")

    private static func change(_ verb: String, _ summary: String, done: String) -> Command {
        Command(
            words: ["incident", verb], summary: summary, operands: [number],
            flags: [oneToken, everyToken, .data, .config]
        ) { (arguments, environment) throws(CommandFailure) in
            let tokens = arguments.values(oneToken)
            guard arguments.has(everyToken) == tokens.isEmpty else {
                throw .misused("give --token for each token, or --all")
            }
            let administration = Administration(context: CommandContext(arguments, environment))
            let answer = try await administration.send(
                "POST", "/incidents/\(pathPiece(arguments.operands[0]))/\(verb)",
                tokens.isEmpty ? ["all": true] : ["tokens": .strings(tokens)])
            return .done(answer, "\(done) \(result(answer))\n\(counts(of: answer))\n")
        }
    }

    static let incidentClose = Command(
        words: ["incident", "close"], summary: "Close an incident that pauses no token any more.",
        operands: [number], flags: [.data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let incident = try await administration.send(
            "POST", "/incidents/\(pathPiece(arguments.operands[0]))/close")
        return .done(incident, "closed \(headline(of: incident))\n")
    }

    // MARK: Words

    private static func isOpen(_ incident: JSONValue) -> Bool { incident["closed_at"] == .null }

    private static func opener(of incident: JSONValue) -> String {
        let login = incident.text("opened_by")
        return login.isEmpty ? "the command line" : login
    }

    static func headline(of incident: JSONValue) -> String {
        "incident \(incident["number"]?.integer ?? 0): \(incident.text("title"))"
    }

    /// `12 paused, 3 released, 0 ended`.
    static func counts(of incident: JSONValue) -> String {
        ["paused", "released", "ended"].map { "\(incident["tokens"]?[$0]?.integer ?? 0) \($0)" }
            .joined(separator: ", ")
    }

    /// `41 tokens, in force on 2 of 2 nodes after 80 ms; 1 had changed meanwhile: ci of alice`.
    static func result(_ answer: JSONValue) -> String {
        var text = count(answer["changed"]?.integer ?? 0)
        if let receipt = answer["receipt"], let nodes = receipt["nodes"]?.integer, nodes > 1 {
            let delay = receipt["after_ms"]?.integer.map { " after \($0) ms" } ?? ""
            text += ", in force on \(receipt["confirmed"]?.integer ?? 0) of \(nodes) nodes\(delay)"
        }
        let unchanged = answer["unchanged"]?.integer ?? 0
        guard unchanged > 0 else { return text }
        let names = (answer["unchanged_tokens"]?.array ?? []).prefix(5).map {
            "\($0.text("name")) of \($0.text("owner"))"
        }
        let others = Int(unchanged) - names.count
        let list = (names + (others > 0 ? ["\(others) more"] : [])).joined(separator: ", ")
        return "\(text); \(unchanged) had changed meanwhile: \(list)"
    }

    static func count(_ tokens: Int64) -> String { tokens == 1 ? "1 token" : "\(tokens) tokens" }

    static func tokenTable(_ tokens: [JSONValue]) -> PrintedTable {
        var table = PrintedTable(["TOKEN", "NAME", "OWNER", "LAST USED"])
        for token in tokens {
            table.add([
                token.text("id"), token.text("name"), token.text("owner"),
                token["last_used"].map(lastUse) ?? "never",
            ])
        }
        return table
    }
}
