import Dispatch
import Synchronization

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
    let run: @Sendable (Arguments, CommandEnvironment) async throws(CommandFailure) -> Void

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
struct CommandEnvironment: Sendable {
    /// The process's variables.
    var environment: [String: String]
    /// Writes to standard output.
    var write: @Sendable (String) throws(Files.Fault) -> Void
    /// Asks for a password that somebody is to have from now on.
    var readNewPassword: @Sendable () throws(CommandFailure) -> String

    /// Those of this process.
    static var process: CommandEnvironment {
        CommandEnvironment(
            environment: environmentOfThisProcess(),
            write: { (text) throws(Files.Fault) in try Output.write(text, to: .output) },
            readNewPassword: Terminal.readNewPassword)
    }

    /// Prints what was asked for. Who closed the pipe has read enough; any other trouble is a failure.
    func print(_ text: String) throws(CommandFailure) {
        try print(text, after: nil)
    }

    /// Tells what was done, which is done where that cannot be told, too.
    func confirm(_ done: String) throws(CommandFailure) {
        try print(done, after: done)
    }

    private func print(_ text: String, after done: String?) throws(CommandFailure) {
        do throws(Files.Fault) {
            try write(text)
        } catch  where error.isClosedPipe {
            return
        } catch {
            let what = "cannot write to standard output: \(error.reason)"
            let lines = done?.split(separator: "\n").joined(separator: "; ")
            throw .failed(lines.map { "\(what); done all the same: \($0)" } ?? what)
        }
    }

    /// As ``print(_:)``, but waits a second at most where nobody reads: what is left is written when somebody does.
    func announce(_ text: String) throws(CommandFailure) {
        let printed = DispatchSemaphore(value: 0)
        let result = Announcement()
        DispatchQueue(label: "jeton.announce").async {
            do throws(CommandFailure) { try print(text) } catch { result.failure.withLock { $0 = error } }
            printed.signal()
        }
        guard printed.wait(timeout: .now() + .seconds(1)) == .success else { return }
        if let failure = result.failure.withLock(\.self) { throw failure }
    }
}

/// What became of what was announced.
private final class Announcement: Sendable {
    let failure = Mutex<CommandFailure?>(nil)
}
