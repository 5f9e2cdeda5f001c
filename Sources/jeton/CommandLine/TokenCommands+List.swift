import Desk
import JSON
import Ledger
import Tokens

/// Listing tokens, with the filters of the inventory.
extension Command {
    private static let ofUser = Flag(name: "--user", value: "LOGIN", summary: "only tokens of this owner")
    private static let everything = Flag(name: "--all", summary: "tokens of every state")
    private static let state = Flag(
        name: "--state", value: "STATE",
        summary: "only tokens that are active, paused, expired or revoked (default: active and paused)",
        isRepeated: true, words: Token.State.allCases.map(\.word))

    private static let order = Flag(
        name: "--sort", value: "ORDER", summary: "how to order them, such as last-use (default: newest)",
        words: TokenOrder.allCases.map(\.rawValue))

    static let tokenList = Command(
        words: ["token", "list"], summary: "List tokens that are active or paused, newest first.",
        flags: [ofUser, everything, state] + tokenFilters.map(\.flag) + [order, .data, .config],
        details:
            "The filters are those of the page All tokens. --service, --address, --client and the days of use hold\n"
            + "for one and the same place. Uses are kept for \(LedgerLimits.daysOfUses) days."
    ) { (arguments, environment) throws(CommandFailure) in
        var pairs = arguments.values(state).map { ("state", $0) }
        if arguments.has(everything) { pairs.append(("all", "true")) }
        if let login = arguments.value(ofUser) { pairs.append(("user", login)) }
        for (flag, field) in tokenFilters + [(order, .sort)] {
            if let value = arguments.value(flag) { pairs.append((field.rawValue, value)) }
        }
        let query = pairs.map { "\($0)=\(pathPiece($1))" }.joined(separator: "&")
        let path = query.isEmpty ? "/tokens" : "/tokens?\(query)"
        let answer = try await Administration(context: CommandContext(arguments, environment)).send(
            "GET", path)
        let tokens = answer["tokens"]?.array ?? []
        var table = PrintedTable([
            "ID", "USER", "NAME", "SCOPES", "FROM", "STATE", "CREATED", "EXPIRES", "LAST USED",
        ])
        for token in tokens {
            table.add([
                token.text("id"), token.text("owner"), name(of: token),
                scopes(of: token), addresses(of: token), state(of: token), token.moment("created_at"),
                expiry(of: token),
                token["last_used"].map(lastUse) ?? "never",
            ])
        }
        return .facts(.array(tokens), table.text)
    }
}
