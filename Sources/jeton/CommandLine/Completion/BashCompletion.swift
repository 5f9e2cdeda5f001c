/// The completion for bash: it needs bash 4.4, and not the package bash-completion.
enum BashCompletion {
    static var script: String {
        """
        # Completion of jeton for bash, printed by `jeton completion bash`.
        _jeton() {
            local words=() word line=${COMP_LINE:0:COMP_POINT} i
            # bash splits words at = and : as well, which belong to them here.
            for ((i = 0; i <= COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                if ((i == 0)) || [[ $line == [[:space:]]* ]]; then
                    line=${line#"${line%%[![:space:]]*}"}
                    words+=("")
                fi
                if ((i == COMP_CWORD)); then word=$line; fi
                words[-1]+=$word
                line=${line#"$word"}
            done
            local cursor=$((${#words[@]} - 1)) current=${words[-1]} first=2 offered="" typed=""
            local command=${words[1]-}
            if ((cursor == 1)); then
                _jeton_offer \(list(Command.firstWords.map(\.word)))
                return
            fi
            case $command in
                \(Command.groups.joined(separator: "|")))
                    command+=" ${words[2]-}" first=3
                    ;;
            esac
            if ((cursor < first)); then
                case ${words[1]} in
        \(verbs)
                esac
                _jeton_offer "$offered"
                return
            fi
            local valued="" plain="" repeated=""
            case $command in
        \(flags)
                *) return ;;
            esac
            local flag="" used="" operands=0 ended=""
            for ((i = first; i < cursor; i++)); do
                word=${words[i]}
                if [[ $flag ]]; then
                    flag=""
                elif [[ $ended || $word != -?* ]]; then
                    operands=$((operands + 1))
                elif [[ $word == -- ]]; then
                    ended=yes
                else
                    if [[ " $valued " == *" $word "* ]]; then flag=$word; fi
                    if [[ " $repeated " != *" ${word%%=*} "* ]]; then used+=" ${word%%=*} "; fi
                fi
            done
            if [[ ! $flag && ! $ended && $current == --*=* ]]; then
                flag=${current%%=*}
                typed=${current#*=}
            else
                typed=$current
            fi
            case "$command ${flag:-$operands}" in
        \(values)
                *) if [[ $flag ]]; then return; fi ;;
            esac
            if [[ ! $flag && ! $ended && ! $offered ]] || [[ ! $flag && ! $ended && $current == -* ]]; then
                offered=""
                for word in $valued $plain; do
                    if [[ $used != *" $word "* ]]; then offered+="$word "; fi
                done
            fi
            case $offered in
                files) compopt -o default ;;
                folders) compopt -o dirnames ;;
                *) _jeton_offer "$offered" "$typed" ;;
            esac
        }

        # _jeton_offer WORDS [TYPED]: those of WORDS that begin with what was typed.
        _jeton_offer() {
            local typed=${2-$current} breaks="" head="" found=()
            mapfile -t found < <(compgen -W "$1" -- "$typed")
            # readline replaces only what follows the last character at which it splits.
            if [[ $COMP_WORDBREAKS == *=* ]]; then breaks+="="; fi
            if [[ $COMP_WORDBREAKS == *:* ]]; then breaks+=":"; fi
            if [[ $breaks ]]; then head=${typed%"${typed##*["$breaks"]}"}; fi
            COMPREPLY=("${found[@]#"$head"}")
        }

        complete -F _jeton jeton

        """
    }

    private static func list(_ words: [String]) -> String { "\"\(words.joined(separator: " "))\"" }

    /// The verbs of each group.
    private static var verbs: String {
        Command.groups.map { group in
            "            \(group)) offered=\(list(Command.verbs(of: group).map(\.word))) ;;"
        }.joined(separator: "\n")
    }

    /// The flags of each command.
    private static var flags: String {
        Command.all.map { command in
            let flags = command.allFlags
            let lists = [
                ("valued", flags.filter { $0.value != nil }), ("plain", flags.filter { $0.value == nil }),
                ("repeated", flags.filter(\.isRepeated)),
            ]
            let settings = lists.filter { !$0.1.isEmpty }.map { "\($0.0)=\(list($0.1.map(\.name)))" }
            return "        \(command.name.shellQuoted)) \(settings.joined(separator: " ")) ;;"
        }.joined(separator: "\n")
    }

    /// What is offered after each flag with a known value, and in place of each operand with one.
    private static var values: String {
        Command.all.flatMap { command in
            let afterFlags = command.flags.compactMap { flag in flag.completedValue.map { (flag.name, $0) } }
            let operands = command.operands.enumerated().map {
                ("\($0.offset)", CompletedValue(of: $0.element))
            }
            return (operands + afterFlags).compactMap { place, value -> String? in
                let offered: String
                switch value {
                case .files: offered = "files"
                case .folders: offered = "folders"
                case .words(let words): offered = list(words)
                case .unknown: return nil
                }
                return "        \("\(command.name) \(place)".shellQuoted)) offered=\(offered) ;;"
            }
        }.joined(separator: "\n")
    }
}
