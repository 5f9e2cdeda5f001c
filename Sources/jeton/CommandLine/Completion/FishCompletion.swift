/// The completion for fish, with the summaries of the help.
enum FishCompletion {
    static var script: String {
        """
        # Completion of jeton for fish, printed by `jeton completion fish`.

        # Whether the words before the cursor are exactly these.
        function __jeton_is
            set -l words (commandline -opc)
            test "$words[2..]" = "$argv"
        end

        # Whether they begin with these, the words of a command.
        function __jeton_runs
            set -l words (commandline -opc)
            test (count $words) -gt (count $argv); or return 1
            test "$words[2..$(math (count $argv) + 1)]" = "$argv"
        end

        # Whether the flag is not given yet. The word before the cursor is its value's place if it takes one.
        function __jeton_lacks --argument-names flag kind
            set -l words (commandline -opc)
            test "$kind" = valued; and set -e words[-1]
            not contains -- $flag $words; and not string match -q -- "$flag=*" $words
        end

        complete -c jeton -f
        \(offers(Command.firstWords, after: ""))
        \(Command.groups.map { offers(Command.verbs(of: $0), after: " \($0)") }.joined(separator: "\n"))
        \(Command.all.map(arguments).joined(separator: "\n"))

        """
    }

    private static func offers(_ words: [(word: String, summary: String)], after: String) -> String {
        words.map { word, summary in
            "complete -c jeton -n '__jeton_is\(after)' -a \(word) -d \(quoted(summary))"
        }.joined(separator: "\n")
    }

    private static func arguments(of command: Command) -> String {
        let runs = "__jeton_runs \(command.name)"
        let operands = command.operands.compactMap { operand -> String? in
            switch CompletedValue(of: operand) {
            case .files: "complete -c jeton -n '\(runs)' -F"
            case .folders: "complete -c jeton -n '\(runs)' -a '(__fish_complete_directories)'"
            case .words(let words):
                "complete -c jeton -n '__jeton_is \(command.name)' -a \(quoted(words.joined(separator: " ")))"
            case .unknown: nil
            }
        }
        let flags = command.allFlags.map { flag in
            let name = flag.name.trimmingPrefix("--")
            let kind = flag.value == nil ? "" : " valued"
            let once = flag.isRepeated ? "" : "; and __jeton_lacks \(flag.name)\(kind)"
            return
                "complete -c jeton -n '\(runs)\(once)' -l \(name)\(value(of: flag)) -d \(quoted(flag.summary))"
        }
        return (operands + flags).joined(separator: "\n")
    }

    private static func value(of flag: Flag) -> String {
        switch flag.completedValue {
        case nil: ""
        case .files: " -r -F"
        case .folders: " -x -a '(__fish_complete_directories)'"
        case .words(let words): " -x -a \(quoted(words.joined(separator: " ")))"
        case .unknown: " -x"
        }
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: #"\\"#).replacing("'", with: #"\'"#) + "'"
    }
}
