/// The arguments of a command, parsed and checked against what it takes.
struct Arguments: Hashable, Sendable {
    /// As many as the command has, or more where its last one says so.
    private(set) var operands: [String] = []
    private var values: [String: [String]] = [:]
    /// Whether `--help` was given; nothing else was checked then.
    private(set) var asksForHelp = false

    func value(_ flag: Flag) -> String? { values[flag.name]?.last }

    func values(_ flag: Flag) -> [String] { values[flag.name] ?? [] }

    func has(_ flag: Flag) -> Bool { values[flag.name] != nil }

    /// Parses `typed`, which follows the words of `command`.
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
        let required = command.operands.count - (command.takesMore ? 1 : 0)
        guard operands.count >= required else {
            let missing = command.operands[operands.count..<required].joined(separator: " ")
            throw .misused("missing \(missing): \(command.usage)")
        }
        guard command.takesMore || operands.count == command.operands.count else {
            let extra = shown(operands[command.operands.count])
            throw .misused("unexpected argument “\(extra)”: \(command.usage)")
        }
        for flag in command.flags where flag.isRequired && !has(flag) {
            throw .misused("missing \(flag.usage): \(command.usage)")
        }
    }

    private mutating func take(
        flag word: String, from rest: inout ArraySlice<String>, of command: Command
    ) throws(CommandFailure) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let name = parts[0]
        guard let flag = command.flags.first(where: { $0.name == name }) else {
            let hint = suggestion(for: name, among: command.allFlags.map(\.name))
            throw .misused(
                "unknown flag \(shown(name))\(hint): `jeton \(command.name) --help` lists the flags")
        }
        guard flag.isRepeated || !has(flag) else { throw .misused("\(name) is given twice") }
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
            throw .misused("\(name) needs a value: \(flag.usage)")
        }
    }
}
