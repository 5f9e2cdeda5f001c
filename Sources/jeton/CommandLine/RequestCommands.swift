import JSON
import Tokens

extension Command {
    private static let everyRequest = Flag(
        name: "--all", summary: "also list requests that are decided, withdrawn, used or expired")
    private static let word = Flag(
        name: "--word", value: "TEXT", summary: "what to tell the person who asked")

    static let requestList = Command(
        words: ["request", "list"], summary: "List the requests for new tokens that wait for approval.",
        flags: [everyRequest, .data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let answer = try await administration.send(
            "GET", "/requests" + (arguments.has(everyRequest) ? "?state=all" : ""))
        let requests = answer["requests"]?.array ?? []
        var table = PrintedTable(["ID", "STATE", "ASKED BY", "TOKEN", "NEEDS", "ASKED"])
        for request in requests {
            table.add([
                request.text("id"), request.text("state"), request.text("requester"),
                request["token"]?.text("name") ?? "", missing(of: request), request.moment("created_at"),
            ])
        }
        return .facts(.array(requests), table.text)
    }

    static let requestShow = Command(
        words: ["request", "show"], summary: "Print all that is known of a request.", operands: ["ID"],
        flags: [.data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let request = try await administration.send("GET", "/requests/\(pathPiece(arguments.operands[0]))")
        return .facts(request, facts(ofRequest: request))
    }

    static let requestApprove = decision(
        "approve", "Approve a request, in place of all whose approval it needs.", done: "approved")
    static let requestDeny = decision("deny", "Deny a request.", done: "denied")

    private static func decision(_ verb: String, _ summary: String, done: String) -> Command {
        Command(
            words: ["request", verb], summary: summary, operands: ["ID"], flags: [word, .data, .config]
        ) { (arguments, environment) throws(CommandFailure) in
            let administration = Administration(context: CommandContext(arguments, environment))
            let request = try await administration.send(
                "POST", "/requests/\(pathPiece(arguments.operands[0]))/\(verb)",
                ["word": .optional(arguments.value(word))])
            let name = request["token"]?.text("name") ?? ""
            return .done(request, "\(done) “\(name)” of \(request.text("requester"))\n")
        }
    }

    /// The groups whose approval is missing: `ops, leads or security`.
    private static func missing(of request: JSONValue) -> String {
        let needs = (request["needs"]?.array ?? []).filter { $0["is_met"] != true }
        return needs.map { $0.list("groups", by: " or ") }.joined(separator: ", ")
    }

    private static func facts(ofRequest request: JSONValue) -> String {
        let token = request["token"] ?? .null
        let rows = [
            ("id", request.text("id")), ("state", request.text("state")), ("name", token.text("name")),
            ("asked by", request.text("requester")), ("owner", request.text("owner")),
            ("reason", request.text("reason")),
            ("scopes", scopes(of: token)), ("from", addresses(of: token)), ("expires", expiry(of: token)),
            ("asked", "\(request.moment("created_at")) UTC"), ("needs", missing(of: request)),
            (
                "usable",
                request["approved_until"] == .null
                    ? "" : "until \(request.moment("approved_until")) UTC"
            ),
            ("created", request.text("created_token")),
        ]
        let decisions = (request["decisions"]?.array ?? []).map { decision in
            let who = decision["by"] == .null ? "the operator" : decision.text("by")
            let word = decision.text("word").isEmpty ? "" : ": \(decision.text("word"))"
            return (decision.text("decision"), "by \(who) at \(decision.moment("at")) UTC\(word)")
        }
        return PrintedTable.lines(rows + decisions)
    }
}
