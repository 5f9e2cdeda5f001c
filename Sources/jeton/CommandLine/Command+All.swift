import HTTPServer
import JSON
import Tokens

extension Command {
    /// Every command, in the order of the help.
    static let all: [Command] = [
        .serve, .checkConfig, .ready, .invite, .userAdd, .userList, .userPromote, .userDemote, .userGroups,
        .userSuspend, .userResume, .userReleaseIdentity, .userPassword, .userRename, .userSessions,
        .userEndSessions, .userRemove,
        .accountAdd, .accountList, .accountShow, .accountEdit, .accountSuspend, .accountResume,
        .accountRemove, .accountWebhook,
        .tokenCreate,
        .tokenList, .tokenShow, .tokenRotate, .tokenPause, .tokenResume, .tokenHandOver, .tokenRevoke,
        .tokenNotify,
        .requestList, .requestShow, .requestApprove, .requestDeny, .passwordsReport, .policyCheck, .events,
        .incidentOpen, .incidentList, .incidentShow, .incidentRelease, .incidentRevoke, .incidentClose,
        .noticesList, .noticesTest, .noticesSendAgain, .noticesEnable,
        .leaksReport, .leaksScan, .decoyList, .decoyRevoke,
        .signalsStatus, .signalsVerify, .signalsSetUp,
        .trustList, .trustAdd, .trustRemove, .trustTest,
        .apply, .backup, .migrate, .completion, .version,
    ]

    /// Runs the command that `typed`, the arguments of the process, names. Returns the exit code.
    static func run(_ typed: [String], in environment: CommandEnvironment) async -> Int32 {
        do throws(CommandFailure) {
            return try await dispatch(typed, in: environment)
        } catch {
            // One line for each error.
            for line in error.description.split(separator: "\n") { report(String(line)) }
            // A stopping server does not wait for a slow reader of its log; other commands do.
            LogWriter.standardError.flush(within: typed.first == Command.serve.name ? .seconds(1) : nil)
            return error.code
        }
    }

    /// Runs it and prints its answer. Returns the exit code.
    @discardableResult
    static func dispatch(
        _ typed: [String], in environment: CommandEnvironment
    ) async throws(CommandFailure) -> Int32 {
        if let command = all.first(where: { typed.starts(with: $0.words) }) {
            let arguments = try Arguments(Array(typed.dropFirst(command.words.count)), of: command)
            if arguments.asksForHelp {
                try environment.print(command.help)
                return 0
            }
            let answer = try await command.run(arguments, environment)
            try await answer.print(asJSON: arguments.has(.json), in: environment)
            return answer.code
        }
        let group = typed.first.flatMap { groups.contains($0) ? [$0] : nil } ?? []
        let rest = typed.dropFirst(group.count)
        switch rest.first {
        case "--help", "-h", "help": try environment.print(Help.overview(of: group))
        case "--version" where group.isEmpty: try environment.print("\(Version.text)\n")
        case nil:
            let words = (["jeton"] + group).joined(separator: " ")
            throw .misused("missing command: `\(words) --help` lists the commands")
        case let word?:
            throw .misused(unknown(word, in: group))
        }
        return 0
    }

    private static func unknown(_ word: String, in group: [String]) -> String {
        let known = all.filter { $0.words.starts(with: group) }.map { $0.words[group.count] }
        let words = (["jeton"] + group).joined(separator: " ")
        return "unknown command “\(shown(word))”\(suggestion(for: word, among: known)): "
            + "`\(words) --help` lists the commands"
    }
}

/// The version of Jeton.
enum Version {
    /// As in `CHANGELOG.md`.
    static let number = "0.1.0"
    /// The output of `jeton version`.
    static let text = "jeton \(number)"
}

extension Command {
    static let version = Command(words: ["version"], summary: "Print the version.") {
        (_, _) throws(CommandFailure) in
        .facts(["version": .string(Version.number)], "\(Version.text)\n")
    }
}
