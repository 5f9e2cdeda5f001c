/// What was typed behind a command's words, held to what the command takes.
struct Arguments: Hashable, Sendable {
    /// The operands, as many as the command has.
    private(set) var operands: [String] = []
    private var values: [String: [String]] = [:]
    /// Whether help was asked for; nothing else counts then.
    private(set) var asksForHelp = false

    /// The value of a flag, if it was given.
    func value(_ flag: Flag) -> String? { values[flag.name]?.last }

    /// All values of a flag.
    func values(_ flag: Flag) -> [String] { values[flag.name] ?? [] }

    /// Whether a flag was given.
    func has(_ flag: Flag) -> Bool { values[flag.name] != nil }

    /// Reads `typed` as what follows `command`; says what is wrong and what to type instead.
    init(_ typed: [String], of command: Command) throws(CommandFailure) {
        var rest = typed[...]
        var onlyOperands = false
        while let word = rest.popFirst() {
            if word == "--", !onlyOperands {
                onlyOperands = true
            } else if !onlyOperands, word == "-h" || word == Flag.help.name {
                asksForHelp = true
                return
            } else if !onlyOperands, word.hasPrefix("-"), word != "-" {
                try take(flag: word, from: &rest, of: command)
            } else {
                operands.append(word)
            }
        }
        guard operands.count >= command.operands.count else {
            let missing = command.operands[operands.count...].joined(separator: " ")
            throw .misused("\(missing) is missing: \(command.usage)")
        }
        guard operands.count == command.operands.count else {
            let extra = shown(operands[command.operands.count])
            throw .misused("“\(extra)” is one too many: \(command.usage)")
        }
        for flag in command.flags where flag.isRequired && !has(flag) {
            throw .misused("\(flag.usage) is missing: \(command.usage)")
        }
    }

    private mutating func take(
        flag word: String, from rest: inout ArraySlice<String>, of command: Command
    ) throws(CommandFailure) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let name = parts[0]
        guard let flag = command.flags.first(where: { $0.name == name }) else {
            let hint = suggestion(for: name, among: (command.flags + [.help]).map(\.name))
            throw .misused(
                "unknown flag \(shown(name))\(hint): `jeton \(command.name) --help` lists what there is")
        }
        guard flag.isRepeated || !has(flag) else { throw .misused("\(name) stands twice") }
        guard flag.value != nil else {
            guard parts.count == 1 else { throw .misused("\(name) takes no value") }
            values[name] = [""]
            return
        }
        if parts.count == 2 {
            values[name, default: []].append(parts[1])
        } else if let value = rest.first, !value.hasPrefix("--") {
            values[name, default: []].append(value)
            rest.removeFirst()
        } else {
            throw .misused("\(flag.usage): the value is missing")
        }
    }
}
