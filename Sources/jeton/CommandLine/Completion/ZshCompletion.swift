/// The completion for zsh, with the summaries of the help: a file `_jeton` in a folder of `$fpath`, or text to source.
enum ZshCompletion {
    static var script: String {
        """
        #compdef jeton
        # Completion of jeton for zsh, printed by `jeton completion zsh`.
        _jeton() {
            local -a offered
            if (( CURRENT == 2 )); then
                offered=(
        \(list(Command.firstWords))
                )
                _describe -t commands command offered
                return
            fi
            local command=$words[2]
            shift words
            (( CURRENT-- ))
            case $command in
        \(Command.groups.map(group).joined(separator: "\n"))
            esac
            case $command in
        \(Command.all.map(arguments).joined(separator: "\n"))
            esac
        }

        # Where zsh has loaded the file as a function, it is called now.
        if [[ $funcstack[1] == _jeton ]]; then
            _jeton "$@"
        else
            compdef _jeton jeton
        fi

        """
    }

    private static func list(_ words: [(word: String, summary: String)]) -> String {
        words.map { word, summary in
            "                    " + "\(escaped(word, ":")):\(summary)".shellQuoted
        }.joined(separator: "\n")
    }

    /// Takes the second word of a command in `group`.
    private static func group(_ group: String) -> String {
        """
                \(group))
                    if (( CURRENT == 2 )); then
                        offered=(
        \(list(Command.verbs(of: group)))
                        )
                        _describe -t commands command offered
                        return
                    fi
                    command+=" $words[2]"
                    shift words
                    (( CURRENT-- ))
                    ;;
        """
    }

    /// The call of `_arguments` for a command.
    private static func arguments(of command: Command) -> String {
        let operands = command.operands.map { ":\($0):\(action(CompletedValue(of: $0)))".shellQuoted }
        let specifications = command.allFlags.map(specification) + operands
        return "        \(command.name.shellQuoted))\n            _arguments -S \\\n"
            + specifications.map { "                \($0)" }.joined(separator: " \\\n")
            + "\n            ;;"
    }

    /// `*--scope=[what it may do]:SCOPE:(jeton\:manage)`.
    private static func specification(of flag: Flag) -> String {
        let summary = "[\(escaped(flag.summary, "[]"))]"
        let star = flag.isRepeated ? "*" : ""
        guard let name = flag.value, let value = flag.completedValue else {
            return "\(star)\(flag.name)\(summary)".shellQuoted
        }
        return "\(star)\(flag.name)=\(summary):\(escaped(name, ":")):\(action(value))".shellQuoted
    }

    private static func action(_ value: CompletedValue) -> String {
        switch value {
        case .files: "_files"
        case .folders: "_path_files -/"
        case .words(let words): "(\(escaped(words.joined(separator: " "), ":")))"
        case .unknown: " "
        }
    }

    private static func escaped(_ text: String, _ characters: String) -> String {
        text.map { $0 == "\\" || characters.contains($0) ? "\\\($0)" : "\($0)" }.joined()
    }
}
