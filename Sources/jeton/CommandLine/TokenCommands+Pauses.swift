import JSON
import Tokens

extension Command {
    private static let span = Flag(
        name: "--for", value: "TIME", summary: "how long: from 1m to 30d, such as 15m, 1h or 1d",
        isRequired: true)

    static let tokenPause = Command(
        words: ["token", "pause"], summary: "Refuse a token for a while. It works again by itself.",
        flags: TokenChoice.flags + [span, .data, .config], details: TokenChoice.details
    ) { (arguments, environment) throws(CommandFailure) in
        let text = arguments.value(span) ?? ""
        guard let span = TimeSpan(text: text) else {
            throw .misused("--for takes a time such as 15m, 1h or 1d, not “\(shown(text))”")
        }
        let administration = Administration(context: CommandContext(arguments, environment))
        let path = try await TokenChoice.path(arguments, administration)
        let token = try await administration.send(
            "POST", path + "/pause", ["seconds": .integer(span.seconds)])
        return .done(token, "paused \(describe(token))\(pauseEnd(of: token))\n")
    }

    static let tokenResume = Command(
        words: ["token", "resume"], summary: "Let a paused token work again, whoever paused it.",
        flags: TokenChoice.flags + [.data, .config], details: TokenChoice.details
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let path = try await TokenChoice.path(arguments, administration)
        let token = try await administration.send("POST", path + "/resume")
        guard token.text("state") == Token.State.paused.rawValue else {
            return .done(token, "resumed \(describe(token))\n")
        }
        throw .failed("\(describe(token)) is still paused\(pauseEnd(of: token))")
    }

    /// `ci (38gbtzxc0524y)`.
    static func describe(_ token: JSONValue) -> String { "\(name(of: token)) (\(token.text("id")))" }

    /// ` until 2027-01-31 08:00 UTC`; empty for a token that is not paused.
    static func pauseEnd(of token: JSONValue) -> String {
        let ends = (token["pauses"]?.array ?? []).map { $0["until"] == .null ? "" : $0.moment("until") }
        guard !ends.isEmpty else { return "" }
        guard !ends.contains("") else { return " until somebody resumes it" }
        return ends.max().map { " until \($0) UTC" } ?? ""
    }
}
