import Desk
import JSON
import Tokens

extension Command {
    static let bulkFilters =
        tokenFilters + [
            (
                Flag(name: "--user", value: "LOGIN", summary: "only those of this person or service account"),
                .owner
            )
        ]
    static let bulkToken = Flag(
        name: "--token", value: "TOKEN", summary: "this token, by identifier", isRepeated: true)
    static let bulkSecrets = Flag(
        name: "--secrets", value: "FILE",
        summary: "tokens whose secrets stand in the file, - for standard input")
    static let bulkSelection = Flag(
        name: "--selection", value: "SELECTION", summary: "exactly what an earlier preview has shown")
    private static let also = Flag(
        name: "--also", value: "TOKEN", summary: "a token that is left out otherwise", isRepeated: true)
    private static let reason = Flag(name: "--reason", value: "TEXT", summary: "what the events say")
    private static let yes = Flag(name: "--yes", summary: "pause them; without it, the preview is printed")

    /// The largest file of secrets, in bytes.
    private static let secretsLimit = 8 << 20

    static let incidentOpen = Command(
        words: ["incident", "open"],
        summary: "Pause many tokens in one change, at once, under one number.", operands: ["TITLE"],
        flags: bulkFilters.map(\.flag) + [
            bulkToken, bulkSecrets, bulkSelection, also, reason, yes, .data, .config,
        ],
        details: """
            Selects the tokens that match every filter, or those of --token, or those of --secrets. Without --yes,
            prints what will stop working and changes nothing; --selection then pauses exactly those. Tokens that
            provision people or oversee the desk are left out unless --also names them.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let preview = try await preview(arguments, administration)
        let id = preview.text("id")
        guard arguments.has(yes) else {
            if arguments.has(.json) {
                try environment.print(preview.text + "\n")
            } else {
                try environment.print(words(of: preview))
            }
            throw .misused("nothing was changed: add --selection \(id) --yes to pause exactly these")
        }
        let answer = try await administration.send(
            "POST", "/incidents",
            [
                "title": .string(arguments.operands[0]), "selection": .string(id),
                "also": .strings(arguments.values(also)), "reason": .string(arguments.value(reason) ?? ""),
            ])
        return .done(answer, "opened \(headline(of: answer))\npaused \(result(answer))\n")
    }

    /// What the arguments select.
    static func preview(
        _ arguments: Arguments, _ administration: Administration
    ) async throws(CommandFailure) -> JSONValue {
        let members = bulkFilters.compactMap { flag, field in
            arguments.value(flag).map { (field.rawValue, JSONValue.string($0)) }
        }
        let tokens = arguments.values(bulkToken)
        let ways = [
            !members.isEmpty, !tokens.isEmpty, arguments.has(bulkSecrets), arguments.has(bulkSelection),
        ].count { $0 }
        guard ways == 1 else {
            throw .misused(
                "select the tokens by filters such as --service, or --token, or --secrets, or --selection")
        }
        if let id = arguments.value(bulkSelection) {
            return try await administration.send("GET", "/selections/\(pathPiece(id))")
        }
        var body: [String: JSONValue] = [:]
        if let file = arguments.value(bulkSecrets) {
            body["secrets"] = .string(try text(of: file))
        } else if tokens.isEmpty {
            body["filter"] = .object(Dictionary(uniqueKeysWithValues: members))
        } else {
            body["tokens"] = .strings(tokens)
        }
        return try await administration.send("POST", "/selections", .object(body))
    }

    private static func text(of file: String) throws(CommandFailure) -> String {
        let bytes: [UInt8]
        do throws(Files.Fault) {
            bytes =
                file == "-"
                ? try Files.read(0, limit: secretsLimit) : try Files.read(file, limit: secretsLimit)
        } catch {
            throw .misused("\(file): the file cannot be read: \(error.reason)")
        }
        guard bytes.count <= secretsLimit else {
            throw .misused("\(file): the file is larger than \(secretsLimit >> 20) MiB: split it")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `12 people and 1 service account`.
    private static func owners(of preview: JSONValue) -> String {
        let people = preview["people"]?.integer ?? 0
        let accounts = preview["accounts"]?.integer ?? 0
        let words = [
            people == 0 ? nil : people == 1 ? "1 person" : "\(people) people",
            accounts == 0 ? nil : accounts == 1 ? "1 service account" : "\(accounts) service accounts",
        ]
        return words.compactMap(\.self).joined(separator: " and ")
    }

    /// What will stop working.
    static func words(of preview: JSONValue) -> String {
        func number(_ name: String) -> Int64 { preview[name]?.integer ?? 0 }
        var text =
            "\(count(number("count"))) of \(owners(of: preview)), \(number("used")) of them used in the last \(BulkPreview.usedWithin.longWords)\n"
        for service in preview["services"]?.array ?? [] {
            text += "  \(service.text("service")): \(count(service["tokens"]?.integer ?? 0))\n"
        }
        let tokens = preview["tokens"]?.array ?? []
        if !tokens.isEmpty { text += "\n\(tokenTable(tokens).text)" }
        let more = number("count") - Int64(tokens.count)
        if more > 0 { text += "and \(more) more\n" }
        let leftOut = preview["left_out"]?.array ?? []
        if !leftOut.isEmpty { text += "\nleft out, unless --also names them:\n\(tokenTable(leftOut).text)" }
        let unknown = number("unknown_secrets")
        if unknown > 0 { text += "\n\(unknown) of the secrets belong to no token that works\n" }
        return text
    }
}
