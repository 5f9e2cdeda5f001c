import Dispatch
// `environ` is a variable of C, and nothing here ever sets one.
@preconcurrency import Glibc
import Synchronization

/// What a command finds around it; tests bring their own.
struct Surroundings: Sendable {
    /// The process's variables.
    var environment: [String: String]
    /// Writes to standard output.
    var write: @Sendable (String) throws(Files.Fault) -> Void
    /// Asks for a password that somebody is to have from now on.
    var readNewPassword: @Sendable () throws(CommandFailure) -> String

    /// Those of this process.
    static var process: Surroundings {
        Surroundings(
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

/// The variables of this process.
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

/// Where a command's configuration and data are: what its flags say, or else the environment.
struct Place: Sendable {
    /// The data folder.
    let data: DataFolder
    private let file: String?
    private let environment: [String: String]

    init(_ arguments: Arguments, _ surroundings: Surroundings) {
        self.environment = surroundings.environment
        data = DataFolder(arguments.value(.data) ?? self.environment["JETON_DATA"] ?? "./data")
        file = arguments.value(.config) ?? self.environment["JETON_CONFIG"]
    }

    /// The configuration, where nothing is wrong with it.
    func configuration(
        flags: [(flag: String, key: String, value: String)] = []
    ) throws(CommandFailure) -> Configuration {
        do throws(ConfigurationFaults) {
            return try Configuration.read(
                Configuration.Sources(file: file, environment: environment, flags: flags))
        } catch {
            throw .misused(error.description)
        }
    }
}
