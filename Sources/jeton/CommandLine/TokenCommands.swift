import JSON
import Tokens

extension Command {
    private static let user = Flag(
        name: "--user", value: "LOGIN", summary: "the owner: a person, or a service account", isRequired: true
    )
    private static let tokenName = Flag(
        name: "--name", value: "NAME", summary: "a name for it, unique among the owner's active tokens",
        isRequired: true)
    private static let scope = Flag(
        name: "--scope", value: "SCOPE",
        summary:
            "what it may do: SERVICE, SERVICE:read or SERVICE:write, each optionally with :/PATH; "
            + DeskScope.besideOthers.map { "\($0.text); " }.joined() + "or "
            + DeskScope.allCases.filter(\.standsAlone).map { "\($0.text) alone" }.joined(separator: " or ")
            + " (default: every service)",
        isRepeated: true, words: DeskScope.allCases.map(\.text))
    private static let from = Flag(
        name: "--from", value: "ADDRESS",
        summary: "an address or range that it may be used from, such as 10.0.0.0/8 (default: anywhere)",
        isRepeated: true)
    private static let expires = Flag(
        name: "--expires", value: "WHEN",
        summary:
            "a time from now, such as 30d, 12h or 4w, or its last day in UTC, such as 2027-01-31, "
            + "or never (default: what the rules about tokens say, or never)",
        words: ["never"])

    private static let decoy = Flag(
        name: "--decoy",
        summary: "create a decoy: it looks like a token, works nowhere, and tells when somebody tries it")

    static let tokenCreate = Command(
        words: ["token", "create"], summary: "Create a token and print it once.",
        flags: [user, tokenName, scope, from, expires, decoy, .data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let expiry = try arguments.value(expires).map { (text) throws(CommandFailure) in
            text == "never" ? text : try moment(text, from: Clock.system.now).rfc3339
        }
        let administration = Administration(context: CommandContext(arguments, environment))
        guard !arguments.has(decoy) else {
            guard ![scope, from, expires].contains(where: arguments.has) else {
                throw .misused("a decoy works nowhere: it takes neither --scope nor --from nor --expires")
            }
            return try await createDecoy(
                of: arguments.value(user), named: arguments.value(tokenName), administration)
        }
        let token = try await administration.send(
            "POST", "/tokens",
            [
                "user": .optional(arguments.value(user)), "name": .optional(arguments.value(tokenName)),
                "scopes": .strings(arguments.values(scope)),
                "addresses": .strings(arguments.values(from)),
                "expires_at": .optional(expiry),
            ])
        var answer = CommandAnswer.done(token, token.text("secret") + "\n")
        answer.takeBack = { fault in await takenBack(token, fault, administration) }
        if expiry == nil, token["expires_at"] != .null {
            answer.notes = ["it expires on \(token.moment("expires_at")) UTC, by the rules about tokens"]
        }
        return answer
    }

    /// Revokes a new token that could not be printed, since nobody can ever see it. Returns the failure to report.
    private static func takenBack(
        _ token: JSONValue, _ fault: Files.Fault, _ administration: Administration
    ) async -> CommandFailure {
        let id = token.text("id")
        let what = "the token could not be written to standard output (\(fault.reason))"
        do throws(CommandFailure) {
            _ = try await administration.send("DELETE", "/tokens/\(pathPiece(id))")
            return .failed("\(what), so it was revoked: create another one")
        } catch {
            return .failed(
                "\(what), and could not be revoked: \(error); revoke it with `jeton token revoke --id \(id)`"
            )
        }
    }

    /// Parses the value of `--expires`.
    static func moment(_ text: String, from now: Timestamp) throws(CommandFailure) -> Timestamp {
        if let span = TimeSpan(text: text) { return now + span }
        guard let moment = Timestamp(expiry: text) else {
            throw .misused(
                "--expires takes a time such as 30d or 12h, or a day such as 2027-01-31, not “\(shown(text))”"
            )
        }
        return moment
    }

    /// The state in the words that people read; in JSON it keeps those of version 1.
    static func state(of token: JSONValue) -> String {
        if token["asleep"] == true { return "dormant" }
        let state = token.text("state")
        return state == "live" ? "active" : state
    }

    static func scopes(of token: JSONValue) -> String { token.list("scopes", otherwise: "every service") }

    static func addresses(of token: JSONValue) -> String { token.list("addresses", otherwise: "anywhere") }

    static func expiry(of token: JSONValue) -> String {
        token["expires_at"] == .null ? "never" : "\(token.moment("expires_at")) UTC"
    }

    static func name(of token: JSONValue) -> String {
        let device = token.text("device")
        return device.isEmpty ? token.text("name") : "\(token.text("name")) (device \(device))"
    }

    static func lastUse(_ use: JSONValue) -> String {
        guard use != .null else { return "never" }
        let parts = [
            (use.moment("at"), ""), (use.text("service"), " at "), (use.text("client"), " with "),
            (use.text("address"), " from "),
        ]
        return parts.filter { !$0.0.isEmpty }.map { $0.1 + $0.0 }.joined()
    }

    private static let previousOnly = Flag(
        name: "--previous", summary: "end the previous secret only; the current one keeps working")

    private static let ofAgents = Flag(
        name: "--agents", summary: "revoke what agents got on behalf of the person")

    static let tokenRevoke = Command(
        words: ["token", "revoke"], summary: "Revoke a token. It stops working at once, everywhere.",
        flags: TokenChoice.flags + [previousOnly, ofAgents, .data, .config],
        details:
            "\(TokenChoice.details) Revokes all its secrets, and the tokens that were exchanged for them. "
            + "With an alias, the id of an earlier secret, ends that secret only. "
            + "With --agents and --user, revokes all tokens by which agents act on behalf of that person."
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        if arguments.has(ofAgents) { return try await endAgents(arguments, administration) }
        if arguments.has(previousOnly) {
            let path = try await TokenChoice.path(arguments, administration)
            let token = try await administration.send("DELETE", path + "/previous-secret")
            let none = token["ended"] == 0
            return .done(
                token,
                none
                    ? "no previous secret of \(describe(token)) works\n"
                    : "ended the previous secret of \(describe(token))\n")
        }
        let answer = try await administration.send("DELETE", try revocationPath(arguments))
        let revoked = (answer["revoked"]?.array ?? []).map { token in
            "revoked \(token.text("name")) (\(token.text("id")))\(endedWith(token))\n"
        }
        let ended = (answer["ended"]?.array ?? []).map { token in
            "ended the previous secret of \(describe(token))\n"
        }
        return .done(answer, (revoked + ended).joined())
    }

    private static func endAgents(
        _ arguments: Arguments, _ administration: Administration
    ) async throws(CommandFailure) -> CommandAnswer {
        guard let user = arguments.value(TokenChoice.user), arguments.value(TokenChoice.name) == nil,
            arguments.value(TokenChoice.id) == nil, !arguments.has(previousOnly)
        else { throw .misused("--agents takes --user LOGIN alone") }
        let answer = try await administration.send("POST", "/users/\(pathPiece(user))/agents/end")
        guard case .integer(let count)? = answer["ended"], count > 0 else {
            return .done(answer, "no agent acts on behalf of \(shown(user))\n")
        }
        return .done(
            answer,
            "revoked \(count) token\(count == 1 ? "" : "s") of agents on behalf of \(shown(user))\n")
    }

    private static func revocationPath(_ arguments: Arguments) throws(CommandFailure) -> String {
        switch (
            arguments.value(TokenChoice.id), arguments.value(TokenChoice.user),
            arguments.value(TokenChoice.name)
        ) {
        case (let id?, nil, nil): return "/tokens/\(pathPiece(id))"
        case (nil, let user?, let name?) where !name.isEmpty:
            return "/users/\(pathPiece(user))/tokens/\(pathPiece(name))"
        default: throw .misused("give either --user LOGIN and --name NAME, or --id ID")
        }
    }

    /// What ended with a token: ` with its previous secret and 2 tokens that were exchanged for it`.
    private static func endedWith(_ token: JSONValue) -> String {
        func count(_ member: String) -> Int64 {
            if case .integer(let count)? = token[member] { count } else { 0 }
        }
        let exchanged = count("exchanged")
        let parts = [
            count("previous_secrets") > 0 ? "its previous secret" : "",
            exchanged > 0 ? "\(exchanged) token\(exchanged == 1 ? "" : "s") exchanged for it" : "",
        ].filter { !$0.isEmpty }
        return parts.isEmpty ? "" : " with \(parts.joined(separator: " and "))"
    }
}
