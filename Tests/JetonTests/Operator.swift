import Foundation

@testable import jeton

/// An operator with a data folder of their own, who runs real commands in this process.
final class Operator: Sendable {
    let folder = FileManager.default.temporaryDirectory.appending(path: "jeton-operator-\(UUID())").path
    var data: String { folder + "/data" }

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Runs a command and returns what it printed.
    func run(_ words: String..., password: String = "correct horse battery") async throws(CommandFailure)
        -> String
    {
        try await printed(words + ["--data", data], password: password)
    }

    /// The same with words that are in a list.
    func run(_ words: [String]) async throws(CommandFailure) -> String {
        try await printed(words + ["--data", data], password: "correct horse battery")
    }

    /// Runs a command and returns its failure.
    func failure(_ words: String..., password: String = "correct horse battery") async -> CommandFailure? {
        do throws(CommandFailure) {
            _ = try await printed(words + ["--data", data], password: password)
            return nil
        } catch {
            return error
        }
    }
}
