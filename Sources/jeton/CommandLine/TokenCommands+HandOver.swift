import JSON
import Tokens

extension Command {
    private static let account = Flag(
        name: "--to", value: "LOGIN", summary: "the service account that gets it", isRequired: true)
    private static let newName = Flag(
        name: "--new-name", value: "NAME", summary: "its name at the account (default: the one that it has)")

    static let tokenHandOver = Command(
        words: ["token", "hand-over"], summary: "Give a person's token to a service account.",
        flags: TokenChoice.flags + [account, newName, .data, .config],
        details: """
            \(TokenChoice.details) The secret stays the same, so that whatever uses it goes on, also with its former
            owner's login beside it. The token keeps what both its owner and the account may do.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let path = try await TokenChoice.path(arguments, administration)
        let token = try await administration.send(
            "POST", path + "/hand-over",
            ["account": .optional(arguments.value(account)), "name": .optional(arguments.value(newName))])
        let lost = token.list("lost")
        let former = token["handed_over"] ?? .null
        let due =
            former["rotation_due"].flatMap(\.string).map { _ in " before \(former.moment("rotation_due")) UTC"
            } ?? ""
        return .done(
            token,
            "handed over \(describe(token)) to \(token.text("owner")) for \(token.list("scopes"))"
                + (lost.isEmpty ? "" : ", without \(lost)")
                + "\n\(former.text("login")) knows its secret: rotate it\(due.isEmpty ? " when you can" : due)\n"
        )
    }
}
