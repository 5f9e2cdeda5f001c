extension Command {
    /// `usage: jeton token revoke [--id ID] …`.
    var usage: String {
        let shownFlags = flags.map { flag in
            let text = flag.isRequired ? flag.usage : "[\(flag.usage)]"
            return flag.isRepeated ? text + "…" : text
        }
        return (["usage: jeton \(name)"] + operands + shownFlags).joined(separator: " ")
    }

    /// The output of `jeton COMMAND --help`.
    var help: String {
        var text = "\(usage)\n\n\(summary)\n"
        if !details.isEmpty { text += "\n\(details)\n" }
        return text + "\n" + Help.aligned(allFlags.map { ("  \($0.usage)", $0.summary) })
    }
}

extension Flag {
    /// `--data DIR`.
    var usage: String { value.map { "\(name) \($0)" } ?? name }
}

/// Help that is not about one command.
enum Help {
    /// The output of `jeton --help`, and of `jeton GROUP --help` for a group such as `user`.
    static func overview(of group: [String] = []) -> String {
        let commands = Command.all.filter { $0.words.starts(with: group) }
        let words = (["jeton"] + group).joined(separator: " ")
        return """
            usage: \(words) COMMAND …

            \(group.isEmpty ? "A token desk for everything behind a single sign-on." : "Commands:")

            \(aligned(commands.map { ("  jeton \(([$0.name] + $0.operands).joined(separator: " "))", $0.summary) }))
            `\(words) COMMAND --help` explains a command.
            Exit codes: 0 success, 1 failure, 2 wrong usage or configuration.

            """
    }

    /// Rows of two columns.
    static func aligned(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { left, right in
            left + String(repeating: " ", count: width - left.count + 2) + right + "\n"
        }.joined()
    }
}
