/// A command with all that its help and the parser need to know.
struct Command: Sendable {
    /// Its words: `["token", "create"]`.
    let words: [String]
    /// What it does, in a line.
    let summary: String
    /// What must follow it, in order: `LOGIN`.
    var operands: [String] = []
    /// Its flags.
    var flags: [Flag] = []
    /// More than a line about it.
    var details = ""
    /// Does it.
    let run: @Sendable (Arguments, Surroundings) async throws(CommandFailure) -> Void

    /// The words as they are typed.
    var name: String { words.joined(separator: " ") }
}

/// A flag of a command.
struct Flag: Hashable, Sendable {
    /// How it is typed: `--data`.
    let name: String
    /// What follows it: `DIR`; `nil` where nothing does.
    var value: String?
    /// What it does.
    let summary: String
    /// Whether it may be given more than once.
    var isRepeated = false
    /// Whether the command needs it.
    var isRequired = false

    static let data = Flag(
        name: "--data", value: "DIR",
        summary: "the folder that holds Jeton's state (default $JETON_DATA, or ./data)")
    static let config = Flag(
        name: "--config", value: "FILE",
        summary: "the configuration, in YAML (default $JETON_CONFIG, or none)")
    static let json = Flag(name: "--json", summary: "print JSON for programs")
    static let help = Flag(name: "--help", summary: "print this")
}

/// Why a command did not do as it was asked, in sentences for who typed it.
struct CommandFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The exit code: 1 where it failed, 2 where the command or the configuration is wrong.
    let code: Int32
    /// What went wrong and what to do.
    let description: String

    /// It failed.
    static func failed(_ description: String) -> Self { Self(code: 1, description: description) }

    /// The command or the configuration is wrong.
    static func misused(_ description: String) -> Self { Self(code: 2, description: description) }
}
