import Synchronization

@testable import jeton

/// What a command printed; throws the failure with which it ended.
func printed(
    _ words: [String], environment: [String: String] = [:], password: String = "correct horse battery"
) async throws(CommandFailure) -> String {
    let printed = Printed()
    let environment = CommandEnvironment(
        environment: environment, write: { text in printed.text.withLock { $0 += text } },
        readNewPassword: { () throws(CommandFailure) in password })
    try await Command.dispatch(words, in: environment)
    return printed.text.withLock { $0 }
}

/// Whose text grows as a command prints.
private final class Printed: Sendable {
    let text = Mutex("")
}
