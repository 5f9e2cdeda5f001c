import Dispatch
// `environ` is a mutable global of C, and nothing in this process sets a variable.
@preconcurrency import Glibc
import Synchronization

/// The process that a command runs in: its variables, input and output. Tests pass their own.
struct CommandEnvironment: Sendable {
    /// The environment variables.
    var variables: [String: String]
    /// Writes to standard output.
    var write: @Sendable (String) throws(Files.Fault) -> Void
    /// Asks for a new password.
    var readNewPassword: @Sendable () throws(CommandFailure) -> String

    /// The real one.
    static var process: CommandEnvironment {
        CommandEnvironment(
            variables: environmentOfThisProcess(),
            write: { (text) throws(Files.Fault) in try Output.write(text, to: .output) },
            readNewPassword: Terminal.readNewPassword)
    }

    /// Prints what was asked for. A closed pipe is no failure: its reader has seen enough.
    func print(_ text: String) throws(CommandFailure) {
        do throws(Files.Fault) { try write(text) } catch { try explain(error) }
    }

    /// Throws the failure of printing, which says what was done all the same.
    func explain(_ fault: Files.Fault, after done: String? = nil) throws(CommandFailure) {
        guard !fault.isClosedPipe else { return }
        let what = "cannot write to standard output: \(fault.reason)"
        let lines = done?.split(separator: "\n").joined(separator: "; ")
        throw .failed(lines.map { "\(what); this was done nevertheless: \($0)" } ?? what)
    }

    /// Like ``print(_:)``, but waits at most a second for a slow reader; the rest is written once it reads on.
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

/// The result of printing on another thread.
private final class Announcement: Sendable {
    let failure = Mutex<CommandFailure?>(nil)
}

func environmentOfThisProcess() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
        let parts = String(cString: entry).split(
            separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
        next = next.successor()
    }
    return variables
}

/// The configuration and the data folder that a command uses: by its flags, or else by the environment.
struct CommandContext: Sendable {
    let data: DataFolder
    private let file: String?
    private let variables: [String: String]

    init(_ arguments: Arguments, _ environment: CommandEnvironment) {
        variables = environment.variables
        data = DataFolder(arguments.value(.data) ?? variables["JETON_DATA"] ?? "./data")
        file = arguments.value(.config) ?? variables["JETON_CONFIG"]
    }

    /// Whether a file with the configuration is named.
    var namesFile: Bool { file != nil }

    /// Reads the configuration; `flags` override keys of it.
    func configuration(
        flags: [(flag: String, key: String, value: String)] = []
    ) throws(CommandFailure) -> Configuration {
        do throws(ConfigurationFaults) {
            return try Configuration.read(
                Configuration.Sources(file: file, environment: variables, flags: flags))
        } catch {
            throw .misused(error.description)
        }
    }
}
