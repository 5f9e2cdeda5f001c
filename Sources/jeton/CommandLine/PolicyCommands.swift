import Desk
import DeskAPI
import JSON
import Tokens

extension Command {
    private static let at = Flag(
        name: "--at", value: "DATE",
        summary: "count as of this day (UTC), instead of the day from which each rule is enforced")
    private static let format = Flag(
        name: "--format", value: "text|json",
        summary: "how to print the result (default: text); json is the same as --json")

    static let policyCheck = Command(
        words: ["policy", "check"],
        summary: "Count how many tokens of whom the rules about tokens would end.",
        flags: [at, format, .data, .config],
        details: """
            Changes nothing. With --config, counts by the rules and services of that file, which the server need not
            use yet; otherwise by the rules in force.
            NOW is what breaks a rule at this moment, THEN what breaks it on the day from which it is enforced, or on
            the day of --at. A rule without a day is only counted. JSON has everybody's login for each rule.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let output = arguments.value(format) ?? "text"
        guard ["text", "json"].contains(output) else {
            throw .misused("--format takes text or json, not “\(shown(output))”")
        }
        let moment = try arguments.value(at).map { (text) throws(CommandFailure) in
            guard let day = Timestamp(date: text) else {
                throw .misused("--at takes a day such as 2027-01-31, not “\(shown(text))”")
            }
            return day
        }
        let context = CommandContext(arguments, environment)
        var body: [String: JSONValue] = ["at": .optional(moment?.rfc3339)]
        if context.namesFile {
            let configuration = try context.configuration()
            body["sections"] = configuration.tokenPolicy.sections
            body["services"] = .array(configuration.services.map(\.counted))
        }
        let waiting = Task {
            var seconds = 0
            while (try? await Task.sleep(for: .seconds(3))) != nil {
                seconds += 3
                Output.mention("counting tokens: \(seconds) s\n")
            }
        }
        defer { waiting.cancel() }
        let answer = try await Administration(context: context).send("POST", "/policy/check", .object(body))
        return .facts(
            answer,
            output == "json"
                ? answer.text + "\n" : summary(of: answer) + rules(of: answer) + people(of: answer))
    }

    private static func number(_ value: JSONValue, _ name: String) -> Int? {
        value[name].flatMap { Int($0.text) }
    }

    private static func words(_ tally: JSONValue?) -> String {
        guard let tally, let tokens = number(tally, "tokens") else { return "ends no token" }
        guard tokens > 0 else { return "none" }
        let people = number(tally, "people") ?? 0
        return "\(tokens) token\(tokens == 1 ? "" : "s") of \(people) \(people == 1 ? "person" : "people")"
    }

    private static func summary(of answer: JSONValue) -> String {
        let known = "\(words(answer)) work or are paused.\n"
        guard answer["rules"]?.array?.isEmpty == false else {
            return known + "There are no rules about tokens: set one below `tokens`, and check again.\n"
        }
        return known + "All together, each on its day, the rules would end: \(words(answer["together"])).\n\n"
    }

    private static func rules(of answer: JSONValue) -> String {
        let rules = answer["rules"]?.array ?? []
        guard !rules.isEmpty else { return "" }
        var table = PrintedTable(["RULE", "VALUE", "ENFORCED FROM", "NOW", "THEN"])
        for rule in rules {
            let from = rule.text("enforced_from")
            let isJudged = rule["now"] != .null
            table.add([
                rule.text("rule"), rule.text("value"),
                isJudged ? (from.isEmpty ? "only counted" : String(from.prefix(10))) : "",
                isJudged ? words(rule["now"]) : "ends no token", isJudged ? words(rule["then"]) : "",
            ])
        }
        return table.text
    }

    /// How many people are listed; JSON has all.
    private static let listed = 20

    private static func people(of answer: JSONValue) -> String {
        let owners = answer["together"]?["owners"]?.array ?? []
        guard !owners.isEmpty else { return "" }
        var table = PrintedTable(["PERSON", "NAME", "TOKENS", "RULES"])
        for owner in owners.prefix(listed) {
            table.add([
                owner.text("login"), owner.text("name"), owner["tokens"]?.text ?? "",
                owner.list("rules"),
            ])
        }
        let more = owners.count - listed
        return "\n" + table.text + (more > 0 ? "… and \(more) more: see --json\n" : "")
    }
}
