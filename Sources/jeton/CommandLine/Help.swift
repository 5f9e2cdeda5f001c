extension Command {
    /// The line that shows how it is typed.
    var usage: String {
        let shownFlags = flags.map { flag in
            let text = flag.isRequired ? flag.usage : "[\(flag.usage)]"
            return flag.isRepeated ? text + "…" : text
        }
        return (["usage: jeton \(name)"] + operands + shownFlags).joined(separator: " ")
    }

    /// All there is to say about it.
    var help: String {
        var text = "\(usage)\n\n\(summary)\n"
        if !details.isEmpty { text += "\n\(details)\n" }
        return text + "\n" + Help.aligned((flags + [.help]).map { ("  \($0.usage)", $0.summary) })
    }
}

extension Flag {
    /// How it is typed, with what follows it.
    var usage: String { value.map { "\(name) \($0)" } ?? name }
}

/// The texts about several commands.
enum Help {
    /// What `jeton --help` prints, and for a group such as `user` what there is in it.
    static func overview(of group: [String] = []) -> String {
        let commands = Command.all.filter { $0.words.starts(with: group) }
        let words = (["jeton"] + group).joined(separator: " ")
        return """
            usage: \(words) COMMAND …

            \(group.isEmpty ? "A token desk for everything behind a single sign-on." : "There are:")

            \(aligned(commands.map { ("  jeton \(([$0.name] + $0.operands).joined(separator: " "))", $0.summary) }))
            `\(words) COMMAND --help` says more about each.
            Exit codes: 0 done, 1 failed, 2 the command or the configuration is wrong.

            """
    }

    /// Two columns.
    static func aligned(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { left, right in
            left + String(repeating: " ", count: width - left.count + 2) + right + "\n"
        }.joined()
    }
}
