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

/// What a command finds around it; tests bring their own.
struct Surroundings: Sendable {
    /// The process's variables.
    var environment: [String: String]
    /// Prints to standard output.
    var print: @Sendable (String) -> Void
    /// Asks for a password that somebody is to have from now on.
    var readNewPassword: @Sendable () throws(CommandFailure) -> String

    /// Those of this process.
    static var process: Surroundings {
        Surroundings(
            environment: environmentOfThisProcess(), print: { Output.write($0, to: .output) },
            readNewPassword: Terminal.readNewPassword)
    }
}
