extension Command {
    static let completion = Command(
        words: ["completion"], summary: "Print a script with which a shell completes commands and flags.",
        operands: ["SHELL"],
        details: """
            SHELL is \(Shell.allCases.map(\.rawValue).joined(separator: ", ")). The Debian package installs all of them.
            For one person: add `source <(jeton completion bash)` to ~/.bashrc, or the same with zsh to ~/.zshrc after
            compinit, or write the output for fish to ~/.config/fish/completions/jeton.fish.
            """,
        hasAnswer: false
    ) { (arguments, _) throws(CommandFailure) in
        let name = arguments.operands[0]
        guard let shell = Shell(rawValue: name) else {
            let known = Shell.allCases.map(\.rawValue)
            throw .misused(
                "SHELL must be \(known.dropLast().joined(separator: ", ")) or \(known.last ?? ""), not "
                    + "“\(shown(name))”\(suggestion(for: name, among: known))")
        }
        return CommandAnswer(text: shell.script)
    }
}

/// A shell that can complete the command line.
enum Shell: String, CaseIterable, Sendable {
    case bash, zsh, fish

    /// The script that makes it complete `jeton`, from the same commands and flags as the help.
    var script: String {
        switch self {
        case .bash: BashCompletion.script
        case .zsh: ZshCompletion.script
        case .fish: FishCompletion.script
        }
    }
}
