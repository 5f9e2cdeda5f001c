import JSON
import Tokens

/// Renaming, signing out and removing a person.
extension Command {
    private static let newLogin = Flag(
        name: "--login", value: "LOGIN", summary: "their new login, which tools send with a token")
    private static let newName = Flag(name: "--name", value: "NAME", summary: "their new full name")
    private static let newEmail = Flag(
        name: "--email", value: "ADDRESS", summary: "their new e-mail address; '' for none")

    private static func userPath(_ arguments: Arguments) -> String {
        "/users/\(pathPiece(arguments.operands[0]))"
    }

    static let userRename = Command(
        words: ["user", "rename"], summary: "Change a person's login, name or e-mail address, at once.",
        operands: ["LOGIN"], flags: [newLogin, newName, newEmail, .data, .config],
        details:
            "What is not given stays. Tools that send the former login with a token are refused. For people who sign\n"
            + "in through an identity provider, or are provisioned by it, change this there."
    ) { (arguments, environment) throws(CommandFailure) in
        var change: [String: JSONValue] = [:]
        for (flag, field) in [(newLogin, "login"), (newName, "name"), (newEmail, "email")] {
            change[field] = arguments.value(flag).map { .string($0) }
        }
        guard !change.isEmpty else { throw .misused("give at least one of --login, --name and --email") }
        if change["email"] == .string("") { change["email"] = .null }
        let person = try await Administration(context: CommandContext(arguments, environment)).send(
            "PATCH", userPath(arguments), .object(change))
        let address = person["email"]?.string.map { " <\($0)>" } ?? ""
        return .done(person, "\(person.text("login")) is now \(person.text("name"))\(address)\n")
    }

    static let userSessions = Command(
        words: ["user", "sessions"], summary: "List the browsers in which a person is signed in.",
        operands: ["LOGIN"], flags: [.data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let answer = try await Administration(context: CommandContext(arguments, environment)).send(
            "GET", "\(userPath(arguments))/sessions")
        let sessions = answer["sessions"]?.array ?? []
        var table = PrintedTable(["SESSION", "SINCE", "LAST SEEN", "ADDRESS", "BROWSER"])
        for session in sessions {
            table.add([
                session.text("id"), session.moment("created_at"), session.moment("last_seen_at"),
                session.text("address"), session.text("client"),
            ])
        }
        return .facts(.array(sessions), table.text)
    }

    private static let oneSession = Flag(
        name: "--session", value: "SESSION", summary: "only this one of `jeton user sessions`")

    static let userEndSessions = Command(
        words: ["user", "end-sessions"], summary: "Sign a person out of all browsers, at once.",
        operands: ["LOGIN"], flags: [oneSession, .data, .config],
        details: "Their tokens go on. To stop those too, suspend the person."
    ) { (arguments, environment) throws(CommandFailure) in
        let one = arguments.value(oneSession).map { "/\(pathPiece($0))" } ?? ""
        let answer = try await Administration(context: CommandContext(arguments, environment)).send(
            "DELETE", "\(userPath(arguments))/sessions\(one)")
        let count = answer["ended"]?.integer ?? 0
        return .done(
            answer, "ended \(count) session\(count == 1 ? "" : "s") of \(arguments.operands[0])\n")
    }

    private static let yes = Flag(name: "--yes", summary: "confirm that the account ends for good")

    static let userRemove = Command(
        words: ["user", "remove"],
        summary: "Remove a person for good: revoke their tokens and free their login, at once.",
        operands: ["LOGIN"], flags: [yes, .data, .config],
        details:
            "Without --yes, prints what would end. Their revoked tokens and their events stay; who they were is erased\n"
            + "after the time that events.erase_after says, a year by default. People whom an identity provider\n"
            + "provisions are removed there. The last administrator who can sign in cannot be removed."
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let preview = try await administration.send("GET", "\(userPath(arguments))/removal")
        func count(_ field: String, _ word: String) -> String {
            let number = preview[field]?.integer ?? 0
            return "\(number) \(word)\(number == 1 ? "" : "s")"
        }
        let stewarded = preview.list("stewarded", by: ", ")
        let ends =
            "\(count("tokens", "active token")) and \(count("sessions", "session"))"
            + (stewarded.isEmpty ? "" : ", and their stewardship of \(stewarded)")
        guard arguments.has(yes) else {
            throw .misused(
                "this would end \(preview.text("login")) for good, with \(ends): add --yes to do it")
        }
        let removed = try await administration.send("DELETE", userPath(arguments))
        return .done(removed, "removed \(removed.text("login")) with \(ends)\n")
    }
}
