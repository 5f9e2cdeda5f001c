import JSON
import Tokens

extension Command {
    private static let unattended = Flag(
        name: "--unattended", summary: "only those without an active steward")

    static let accountList = Command(
        words: ["account", "list"], summary: "List service accounts.",
        flags: [unattended, .json, .data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let path = arguments.has(unattended) ? "/accounts?unattended=true" : "/accounts"
        let answer = try await Administration(context: CommandContext(arguments, environment)).send(
            "GET", path)
        let accounts = answer["accounts"]?.array ?? []
        if arguments.has(.json) { return try environment.print(JSONValue.array(accounts).text + "\n") }
        let now = Clock.system.now
        var table = PrintedTable([
            "LOGIN", "PURPOSE", "OWNERS", "STEWARDS", "GROUPS", "STATE", "REVIEW", "ADDED",
        ])
        for account in accounts {
            table.add([
                account.text("login"), account.text("purpose"), list("owners", of: account),
                list("stewards", of: account), list("groups", of: account),
                state(ofAccount: account, at: now),
                account.text("review_on"), account.moment("created_at"),
            ])
        }
        try environment.print(table.text)
    }

    static let accountShow = Command(
        words: ["account", "show"],
        summary: "Print a service account: its stewards as they are now, its state and its tokens.",
        operands: ["LOGIN"], flags: [.json, .data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let account = try await Administration(context: CommandContext(arguments, environment)).send(
            "GET", "/accounts/\(pathPiece(arguments.operands[0]))")
        if arguments.has(.json) { return try environment.print(account.text + "\n") }
        try environment.print(facts(ofAccount: account, at: Clock.system.now) + tokens(ofAccount: account))
    }

    private static func facts(ofAccount account: JSONValue, at now: Timestamp) -> String {
        let stewards = list("active_stewards", of: account)
        let rows = [
            ("login", account.text("login")), ("title", account.text("title")),
            ("for", account.text("purpose")),
            ("state", state(ofAccount: account, at: now)),
            ("owners", list("owners", of: account)), ("named", list("stewards", of: account)),
            ("stewards", stewards.isEmpty ? "nobody who is active" : stewards),
            ("groups", list("groups", of: account)),
            ("services", list("services", of: account, otherwise: "every one that admits it")),
            ("from", list("addresses", of: account, otherwise: "anywhere")),
            ("review", account.text("review_on")), ("created", "\(account.moment("created_at")) UTC"),
        ]
        return rows.filter { !$0.1.isEmpty }.map { PrintedTable.line($0.0, $0.1) }.joined()
    }

    /// `active`, `suspended`, or since when it is unattended, and when its tokens pause.
    private static func state(ofAccount account: JSONValue, at now: Timestamp) -> String {
        guard account["suspended_at"] == .null else { return "suspended" }
        guard let pause = Timestamp(rfc3339: account.text("pauses_at")) else { return "active" }
        let paused = pause <= now ? "its tokens are paused since" : "its tokens pause at"
        return "unattended since \(account.moment("unattended_since")) UTC, \(paused) "
            + "\(account.moment("pauses_at")) UTC"
    }

    private static func list(
        _ member: String, of account: JSONValue, otherwise: String = ""
    ) -> String {
        let texts = (account[member]?.array ?? []).compactMap(\.string)
        return texts.isEmpty ? otherwise : texts.joined(separator: ", ")
    }

    private static func tokens(ofAccount account: JSONValue) -> String {
        let tokens = account["tokens"]?.array ?? []
        guard !tokens.isEmpty else { return "\nIt has no active token.\n" }
        var table = PrintedTable(["ID", "NAME", "SCOPES", "STATE", "EXPIRES", "LAST USED"])
        for token in tokens {
            let scopes = token["scopes"]?.array?.compactMap(\.string) ?? []
            table.add([
                token.text("id"), name(of: token),
                scopes.isEmpty ? "every service" : scopes.joined(separator: " "), state(of: token),
                token["expires_at"] == .null ? "never" : "\(token.moment("expires_at")) UTC",
                token["last_used"].map(lastUse) ?? "never",
            ])
        }
        return "\n" + table.text
    }
}
