import JSON
import Tokens

/// Trust rules: which jobs get tokens for their identities.
extension Command {
    private static let account = Flag(
        name: "--account", value: "LOGIN", summary: "only those of this service account")
    private static let owner = Flag(
        name: "--account", value: "LOGIN", summary: "the service account that gets the rule", isRequired: true
    )
    private static let ruleID = Flag(
        name: "--id", value: "ID", summary: "the rule, as `jeton trust list` prints it", isRequired: true)
    private static let ruleName = Flag(
        name: "--name", value: "NAME", summary: "the rule's name", isRequired: true)
    private static let issuer = Flag(
        name: "--issuer", value: "NAME", summary: "the issuer, as the configuration names it (federation)",
        isRequired: true)
    private static let claim = Flag(
        name: "--claim", value: "CLAIM=VALUE",
        summary: "what a claim must be, such as repository_id=74", isRepeated: true)
    private static let pattern = Flag(
        name: "--claim-pattern", value: "CLAIM=PATTERN",
        summary: "what a claim must look like, such as 'ref=refs/tags/*'; * stands for any characters",
        isRepeated: true)
    private static let scope = Flag(
        name: "--scope", value: "SCOPE",
        summary: "what the tokens may do, such as maven:write (default: every service)", isRepeated: true)
    private static let lifetime = Flag(
        name: "--lifetime", value: "TIME",
        summary: "how long each token works, such as 15m (the default) or 2h")
    private static let end = Flag(
        name: "--expires", value: "TIME",
        summary: "when the rule ends: a time such as 30d, or a day such as 2027-01-31 (default: never)")
    private static let tokenFile = Flag(
        name: "--token-file", value: "FILE", summary: "the file with the job's identity, a signed JWT",
        isRequired: true)

    static let trustList = Command(
        words: ["trust", "list"], summary: "List trust rules, by which jobs get tokens.",
        flags: [account, .data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let filter = arguments.value(account).map { "?account=\(pathPiece($0))" } ?? ""
        let answer = try await administration.send("GET", "/trust\(filter)")
        let rules = answer["rules"]?.array ?? []
        guard !rules.isEmpty else {
            return .facts(.array([]), "no trust rules: `jeton trust add` adds one\n")
        }
        var table = PrintedTable(["ID", "ACCOUNT", "NAME", "ISSUER", "CLAIMS", "SCOPES", "LIFETIME", "ENDS"])
        for rule in rules {
            table.add([
                rule.text("id"), rule.text("account"), rule.text("name"),
                rule["issuer"] == .null ? "\(rule.text("issuer_url")) (not configured)" : rule.text("issuer"),
                claims(of: rule), scopes(of: rule),
                TimeSpan.seconds(rule["lifetime_seconds"]?.integer ?? 0).words, expiry(of: rule),
            ])
        }
        return .facts(.array(rules), table.text)
    }

    static let trustAdd = Command(
        words: ["trust", "add"],
        summary: "Let jobs trade the identity that their CI system gives them for a short token.",
        flags: [owner, ruleName, issuer, claim, pattern, scope, lifetime, end, .data, .config],
        details: """
            Every claim has to match. A rule for GitHub must match repository_id or repository_owner_id, one for GitLab
            project_id or namespace_id, since names can belong to somebody else one day. A rule is never changed: remove
            it and add another.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let now = Clock.system.now
        var body: [String: JSONValue] = [
            "account": .optional(arguments.value(owner)), "name": .optional(arguments.value(ruleName)),
            "issuer": .optional(arguments.value(issuer)),
            "claims": try claims(arguments, claim), "patterns": try claims(arguments, pattern),
            "scopes": .strings(arguments.values(scope)),
        ]
        if let text = arguments.value(lifetime) {
            guard let span = TimeSpan(text: text) else {
                throw .misused("--lifetime takes a time such as 15m or 2h, not “\(shown(text))”")
            }
            body["lifetime_seconds"] = .integer(span.seconds)
        }
        if let text = arguments.value(end) {
            body["expires_at"] = .string(try moment(text, from: now).rfc3339)
        }
        let rule = try await administration.send("POST", "/trust", .object(body))
        return .done(
            rule,
            "added the trust rule \(rule.text("name")) (\(rule.text("id"))) for \(rule.text("account"))\n")
    }

    static let trustRemove = Command(
        words: ["trust", "remove"],
        summary: "Remove a trust rule, and revoke the tokens that it gave, at once.",
        flags: [ruleID, .data, .config]
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let rule = try await administration.send(
            "DELETE", "/trust/\(pathPiece(arguments.value(ruleID) ?? ""))")
        let count = rule["revoked_tokens"]?.integer ?? 0
        let tokens = count == 0 ? "" : " with \(count) token\(count == 1 ? "" : "s")"
        return .done(rule, "removed the trust rule \(rule.text("name"))\(tokens)\n")
    }

    static let trustTest = Command(
        words: ["trust", "test"],
        summary: "Say which trust rule matches a job's identity, and why each other does not.",
        flags: [tokenFile, account, .data, .config],
        details: """
            Verifies the identity as a trade does, and gives no token: the identity can still be traded. Exits with 1 if no
            rule matches. Nothing of the identity is printed but its subject and the claims that do not match.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let administration = Administration(context: CommandContext(arguments, environment))
        let path = arguments.value(tokenFile) ?? ""
        let bytes: [UInt8]
        do throws(Files.Fault) {
            bytes = try Files.read(path, limit: 64 * 1024)
        } catch {
            throw .failed("the identity in \(path) cannot be read: \(error.reason)")
        }
        var body: [String: JSONValue] = ["identity": .string(String(decoding: bytes, as: UTF8.self))]
        if let login = arguments.value(account) { body["account"] = .string(login) }
        let test = try await administration.send("POST", "/trust/test", .object(body))
        var answer = CommandAnswer.facts(test, facts(ofTest: test))
        answer.code = test["match"] == .null ? 1 : 0
        return answer
    }

    private static func facts(ofTest test: JSONValue) -> String {
        var lines = ["the identity is valid: \(test.text("subject")), issued by \(test.text("issuer"))"]
        let rules = test["rules"]?.array ?? []
        if rules.isEmpty { lines.append("there are no trust rules: `jeton trust add` adds one") }
        for rule in rules {
            let name = "\(rule.text("name")) (\(rule.text("id"))) of \(rule.text("account"))"
            guard rule["matches"] == true else {
                lines.append("\(name) does not match:")
                lines += (rule["reasons"]?.array ?? []).map { "  \($0.string ?? "")" }
                continue
            }
            let isFirst = rule.text("id") == test.text("match")
            lines.append("\(name) matches: \(isFirst ? "it gives the token" : "an older one matches, too")")
        }
        return lines.map { PrintedTable.printable($0) + "\n" }.joined()
    }

    private static func claims(of rule: JSONValue) -> String {
        let parts = [("claims", "="), ("patterns", "~")].flatMap { member, sign -> [String] in
            guard case .object(let claims)? = rule[member] else { return [] }
            return claims.sorted { $0.key < $1.key }.map { "\($0.key)\(sign)\($0.value.string ?? "")" }
        }
        return parts.joined(separator: " ")
    }

    private static func claims(
        _ arguments: Arguments, _ flag: Flag
    ) throws(CommandFailure) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for text in arguments.values(flag) {
            guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
                throw .misused("\(flag.name) takes \(flag.value ?? ""), not “\(shown(text))”")
            }
            let claim = String(text[..<sign])
            guard members[claim] == nil else {
                throw .misused("\(flag.name) names \(shown(claim)) twice: a claim has one value")
            }
            members[claim] = .string(String(text[text.index(after: sign)...]))
        }
        return .object(members)
    }
}
