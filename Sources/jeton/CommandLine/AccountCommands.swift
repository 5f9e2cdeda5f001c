import JSON
import Tokens

extension Command {
    private static let fields: [(flag: Flag, field: String)] = [
        (Flag(name: "--title", value: "TITLE", summary: "what people read in place of the login"), "title"),
        (Flag(name: "--purpose", value: "TEXT", summary: "what it is for"), "purpose"),
        (
            Flag(name: "--review", value: "DAY", summary: "when to look whether it is still needed"),
            "review_on"
        ),
    ]
    private static let lists: [(flag: Flag, field: String)] = [
        (
            Flag(
                name: "--owners", value: "GROUP", summary: "a group whose members are its stewards",
                isRepeated: true), "owners"
        ),
        (
            Flag(
                name: "--steward", value: "LOGIN", summary: "a person who is a steward", isRepeated: true),
            "stewards"
        ),
        (
            Flag(
                name: "--group", value: "GROUP", summary: "a group that it is in, for services with groups",
                isRepeated: true), "groups"
        ),
        (
            Flag(
                name: "--service", value: "SERVICE",
                summary: "a service that its tokens may be used at (default: every one that admits it)",
                isRepeated: true), "services"
        ),
        (
            Flag(
                name: "--address", value: "ADDRESS",
                summary:
                    "an address or range that its tokens may be used from, such as 10.0.0.0/8 (default: anywhere)",
                isRepeated: true), "addresses"
        ),
    ]
    private static let accountFlags = (fields + lists).map(\.flag)

    static let accountAdd = Command(
        words: ["account", "add"], summary: "Create a service account, to which tokens of programs belong.",
        operands: ["LOGIN"], flags: accountFlags + [.data, .config],
        details:
            "Its login must fit accounts.logins, such as bot-ci. It needs a purpose, and an owner group or two\n"
            + "stewards, who manage its tokens. It cannot sign in."
    ) { (arguments, environment) throws(CommandFailure) in
        var account = accountMembers(arguments)
        account["login"] = .string(arguments.operands[0])
        let added = try await Administration(context: CommandContext(arguments, environment)).send(
            "POST", "/accounts", .object(account))
        var answer = CommandAnswer.done(added, "added \(added.text("login"))\n")
        if added["unattended_since"] != .null {
            answer.notes = [
                "nobody is a steward of it yet: its tokens pause at \(added.moment("pauses_at")) UTC"
            ]
        }
        return answer
    }

    static let accountEdit = Command(
        words: ["account", "edit"], summary: "Change a service account.", operands: ["LOGIN"],
        flags: accountFlags + [.data, .config],
        details:
            "What is not given stays. A list that is given replaces the one before; '' stands for an empty one."
    ) { (arguments, environment) throws(CommandFailure) in
        let change = accountMembers(arguments)
        guard !change.isEmpty else {
            let names = accountFlags.map(\.name)
            throw .misused(
                "give at least one of \(names.dropLast().joined(separator: ", ")) and \(names.last ?? "")")
        }
        let edited = try await Administration(context: CommandContext(arguments, environment)).send(
            "PATCH", accountPath(arguments), .object(change))
        return .done(edited, "changed \(edited.text("login"))\n")
    }

    /// The members of an account that were given, as the API takes them.
    private static func accountMembers(_ arguments: Arguments) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        for (flag, field) in fields {
            guard let value = arguments.value(flag) else { continue }
            members[field] = value.isEmpty ? .null : .string(value)
        }
        for (flag, field) in lists where arguments.has(flag) {
            members[field] = .array(arguments.values(flag).filter { !$0.isEmpty }.map { .string($0) })
        }
        return members
    }

    private static func accountPath(_ arguments: Arguments) -> String {
        "/accounts/\(pathPiece(arguments.operands[0]))"
    }

    private static func changeAccount(_ verb: String, _ summary: String, done: String) -> Command {
        Command(
            words: ["account", verb], summary: summary, operands: ["LOGIN"], flags: [.data, .config]
        ) { (arguments, environment) throws(CommandFailure) in
            let account = try await Administration(context: CommandContext(arguments, environment)).send(
                "POST", "\(accountPath(arguments))/\(verb)")
            return .done(account, "\(done) \(account.text("login"))\n")
        }
    }

    static let accountSuspend = changeAccount(
        "suspend", "Refuse all tokens of a service account, at once.", done: "suspended")
    static let accountResume = changeAccount(
        "resume", "Let a suspended service account's tokens work again.", done: "resumed")

    private static let yes = Flag(name: "--yes", summary: "confirm that its tokens end for good")

    static let accountRemove = Command(
        words: ["account", "remove"],
        summary: "Remove a service account for good, and revoke its tokens, at once.", operands: ["LOGIN"],
        flags: [yes, .data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let account = try await administration.send("GET", accountPath(arguments))
        let count = account["tokens"]?.array?.count ?? 0
        let tokens = "\(count) active token\(count == 1 ? "" : "s")"
        guard arguments.has(yes) else {
            throw .misused(
                "this would end \(account.text("login")) and \(tokens) for good: add --yes to do it")
        }
        let removed = try await administration.send("DELETE", accountPath(arguments))
        return .done(removed, "removed \(removed.text("login")) with \(tokens)\n")
    }
}
