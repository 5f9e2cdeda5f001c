import JSON
import Tokens

/// The flags that name one token: `--id`, or its owner and its name.
enum TokenChoice {
    static let id = Flag(
        name: "--id", value: "ID",
        summary: "the token's id, as `jeton token list` prints it, or an alias of it")
    static let user = Flag(name: "--user", value: "LOGIN", summary: "its owner")
    static let name = Flag(name: "--name", value: "NAME", summary: "its name")
    static let flags = [user, name, id]
    static let details = "Takes either --user and --name, or --id."

    /// Whether any of them was given.
    static func isGiven(in arguments: Arguments) -> Bool { flags.contains { arguments.has($0) } }

    /// The path of the token below `/admin/v1`. Throws wrong usage where the flags name no token.
    static func path(
        _ arguments: Arguments, _ administration: Administration
    ) async throws(CommandFailure) -> String {
        switch (arguments.value(id), arguments.value(user), arguments.value(name)) {
        case (let id?, nil, nil): return "/tokens/\(pathPiece(id))"
        case (nil, let user?, let name?) where !name.isEmpty:
            let answer = try await administration.send("GET", "/tokens?user=\(pathPiece(user))")
            // Programs give the tokens that they get in exchange any name.
            let named = (answer["tokens"]?.array ?? []).first {
                $0.text("name").folded.isExactly(name.folded) && $0["traded_for"] == .null
            }
            guard let named else {
                throw .failed(
                    "There is no such token: \(shown(user)) has no active token called “\(shown(name))”.")
            }
            return "/tokens/\(pathPiece(named.text("id")))"
        default: throw .misused("give either --user LOGIN and --name NAME, or --id ID")
        }
    }
}
