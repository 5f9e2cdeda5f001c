import Synchronization

@testable import jeton

/// Runs a command and returns what it printed.
func printed(
    _ words: [String], environment: [String: String] = [:], password: String = "correct horse battery"
) async throws(CommandFailure) -> String {
    let printed = Printed()
    let environment = CommandEnvironment(
        variables: environment, write: { text in printed.text.withLock { $0 += text } },
        readNewPassword: { () throws(CommandFailure) in password })
    try await Command.dispatch(words, in: environment)
    return printed.text.withLock { $0 }
}

/// The output of a command.
private final class Printed: Sendable {
    let text = Mutex("")
}
