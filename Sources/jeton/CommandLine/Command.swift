/// A command, with everything that its help and the parser need.
struct Command: Sendable {
    /// `["token", "create"]`.
    let words: [String]
    /// What it does, in one line.
    let summary: String
    /// The arguments, in order: `LOGIN`. The last one may be `[FILE]…`, which stands for any number of them.
    let operands: [String]
    /// With `--json`, unless the command prints no answer.
    let flags: [Flag]
    /// Further paragraphs of the help.
    let details: String
    let run: @Sendable (Arguments, CommandEnvironment) async throws(CommandFailure) -> CommandAnswer

    /// `hasAnswer` is false for a command that prints something that is no answer, such as a script: it has no
    /// `--json`.
    init(
        words: [String], summary: String, operands: [String] = [], flags: [Flag] = [], details: String = "",
        hasAnswer: Bool = true,
        run: @escaping @Sendable (Arguments, CommandEnvironment) async throws(CommandFailure) -> CommandAnswer
    ) {
        self.words = words
        self.summary = summary
        self.operands = operands
        let own = flags.prefix { $0 != .data && $0 != .config }
        self.flags = own + (hasAnswer ? [.json] : []) + flags.dropFirst(own.count)
        self.details = details
        self.run = run
    }

    /// Whether the last operand stands for any number of them.
    var takesMore: Bool { operands.last?.hasSuffix("]…") ?? false }

    /// `token create`.
    var name: String { words.joined(separator: " ") }
}

/// A flag of a command.
struct Flag: Hashable, Sendable {
    /// `--data`.
    let name: String
    /// The name of its value in the help: `DIR`; `nil` where it takes none.
    var value: String?
    /// The line in the help.
    let summary: String
    /// Whether it may be given more than once.
    var isRepeated = false
    var isRequired = false
    /// Fixed values that it takes among others, for shells to complete.
    var words: [String] = []

    /// Whether it is a letter after one dash.
    var isShort: Bool { !name.hasPrefix("--") }

    static let data = Flag(
        name: "--data", value: "DIR",
        summary: "Jeton's data folder (default: $JETON_DATA, or ./data)")
    static let config = Flag(
        name: "--config", value: "FILE",
        summary: "the configuration file, in YAML (default: $JETON_CONFIG, or none)")
    static let json = Flag(name: "--json", summary: "print JSON")
    static let help = Flag(name: "--help", summary: "print this help")
}

/// Why a command failed, in a sentence for the person who ran it.
struct CommandFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The exit code: 1 for a failure, 2 for wrong usage or configuration.
    let code: Int32
    /// What went wrong, and what to do.
    let description: String

    /// A failure: exit code 1.
    static func failed(_ description: String) -> Self { Self(code: 1, description: description) }

    /// Wrong usage or configuration: exit code 2.
    static func misused(_ description: String) -> Self { Self(code: 2, description: description) }
}
