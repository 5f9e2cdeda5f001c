/// What a shell offers where a command takes a value.
enum CompletedValue: Hashable, Sendable {
    case files
    case folders
    /// These, among others.
    case words([String])
    /// Nothing: the value is a name or a text that no shell knows.
    case unknown

    /// The name of a value in the help says what it is: `FILE`, `DIR`, or all that it can be, as in `text|json`.
    /// `words` are further ones.
    init(of name: String, words: [String] = []) {
        let all = name.contains("|") ? name.split(separator: "|").map(String.init) : words
        switch name {
        case "FILE", "[FILE]…": self = .files
        case "DIR": self = .folders
        case "SHELL": self = .words(Shell.allCases.map(\.rawValue))
        default: self = all.isEmpty ? .unknown : .words(all)
        }
    }
}

extension Flag {
    /// What a shell offers after it; `nil` if it takes no value.
    var completedValue: CompletedValue? { value.map { CompletedValue(of: $0, words: words) } }
}

extension Command {
    /// The flags, as the help lists them.
    var allFlags: [Flag] { flags + [.help] }

    /// What may follow `jeton`, in the order of the help: a command, or a group, whose summary is its verbs.
    static let firstWords: [(word: String, summary: String)] = {
        var seen: Set<String> = []
        return all.filter { seen.insert($0.words[0]).inserted }.map { command in
            let word = command.words[0]
            let verbs = verbs(of: word)
            return (word, verbs.isEmpty ? command.summary : verbs.map(\.word).joined(separator: ", "))
        }
    }()

    /// The groups of commands, such as `token`.
    static let groups = firstWords.map(\.word).filter { !verbs(of: $0).isEmpty }

    /// What may follow the name of a group; empty for a command.
    static func verbs(of group: String) -> [(word: String, summary: String)] {
        all.filter { $0.words.count > 1 && $0.words[0] == group }.map { ($0.words[1], $0.summary) }
    }
}

extension String {
    /// The text as one word for bash and zsh.
    var shellQuoted: String { "'" + replacing("'", with: #"'\''"#) + "'" }
}
