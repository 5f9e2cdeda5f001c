import JSON
import Tokens

extension Command {
    private static let unattended = Flag(
        name: "--unattended", summary: "only those without an active steward")

    static let accountList = Command(
        words: ["account", "list"], summary: "List service accounts.",
        flags: [unattended, .data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let path = arguments.has(unattended) ? "/accounts?unattended=true" : "/accounts"
        let answer = try await Administration(context: CommandContext(arguments, environment)).send(
            "GET", path)
        let accounts = answer["accounts"]?.array ?? []
        let now = Clock.system.now
        var table = PrintedTable([
            "LOGIN", "PURPOSE", "OWNERS", "STEWARDS", "GROUPS", "STATE", "REVIEW", "ADDED",
        ])
        for account in accounts {
            table.add([
                account.text("login"), account.text("purpose"), account.list("owners", by: ", "),
                account.list("stewards", by: ", "), account.list("groups", by: ", "),
                state(ofAccount: account, at: now),
                account.text("review_on"), account.moment("created_at"),
            ])
        }
        return .facts(.array(accounts), table.text)
    }

    static let accountShow = Command(
        words: ["account", "show"],
        summary: "Print a service account: its stewards as they are now, its state and its tokens.",
        operands: ["LOGIN"], flags: [.data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let account = try await Administration(context: CommandContext(arguments, environment)).send(
            "GET", "/accounts/\(pathPiece(arguments.operands[0]))")
        return .facts(
            account, facts(ofAccount: account, at: Clock.system.now) + tokens(ofAccount: account))
    }

    private static func facts(ofAccount account: JSONValue, at now: Timestamp) -> String {
        PrintedTable.lines([
            ("login", account.text("login")), ("title", account.text("title")),
            ("for", account.text("purpose")),
            ("state", state(ofAccount: account, at: now)),
            ("owners", account.list("owners", by: ", ")), ("named", account.list("stewards", by: ", ")),
            ("stewards", account.list("active_stewards", by: ", ", otherwise: "nobody who is active")),
            ("groups", account.list("groups", by: ", ")),
            ("services", account.list("services", by: ", ", otherwise: "every one that admits it")),
            ("from", account.list("addresses", by: ", ", otherwise: "anywhere")),
            ("review", account.text("review_on")), ("created", "\(account.moment("created_at")) UTC"),
        ])
    }

    /// `active`, `suspended`, or since when it is unattended, and when its tokens pause.
    private static func state(ofAccount account: JSONValue, at now: Timestamp) -> String {
        guard account["suspended_at"] == .null else { return "suspended" }
        guard let pause = Timestamp(rfc3339: account.text("pauses_at")) else { return "active" }
        let paused = pause <= now ? "its tokens are paused since" : "its tokens pause at"
        return "unattended since \(account.moment("unattended_since")) UTC, \(paused) "
            + "\(account.moment("pauses_at")) UTC"
    }

    private static func tokens(ofAccount account: JSONValue) -> String {
        let tokens = account["tokens"]?.array ?? []
        guard !tokens.isEmpty else { return "\nIt has no active token.\n" }
        var table = PrintedTable(["ID", "NAME", "SCOPES", "STATE", "EXPIRES", "LAST USED"])
        for token in tokens {
            table.add([
                token.text("id"), name(of: token), scopes(of: token), state(of: token), expiry(of: token),
                token["last_used"].map(lastUse) ?? "never",
            ])
        }
        return "\n" + table.text
    }
}
