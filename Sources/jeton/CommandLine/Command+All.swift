import HTTPServer
import Tokens

extension Command {
    /// Every command, in the order of the help.
    static let all: [Command] = [
        .serve, .checkConfig, .ready, .invite, .userAdd, .userList, .userPromote, .userDemote, .userGroups,
        .userSuspend, .userResume, .userReleaseIdentity, .userPassword,
        .tokenCreate,
        .tokenList, .tokenRevoke, .passwordsReport, .backup, .migrate, .version,
    ]

    /// Runs what was typed behind `jeton`; returns the exit code.
    static func run(_ typed: [String], in environment: CommandEnvironment) async -> Int32 {
        do throws(CommandFailure) {
            try await dispatch(typed, in: environment)
            return 0
        } catch {
            // One line for each thing that is wrong, each with who says so.
            for line in error.description.split(separator: "\n") { report(String(line)) }
            // A server that ends does not wait for who reads; who typed a command may take their time.
            LogWriter.standardError.flush(within: typed.first == Command.serve.name ? .seconds(1) : nil)
            return error.code
        }
    }

    static func dispatch(_ typed: [String], in environment: CommandEnvironment) async throws(CommandFailure) {
        if let command = all.first(where: { typed.starts(with: $0.words) }) {
            let arguments = try Arguments(Array(typed.dropFirst(command.words.count)), of: command)
            if arguments.asksForHelp { return try environment.print(command.help) }
            return try await command.run(arguments, environment)
        }
        let groups = Set(all.filter { $0.words.count > 1 }.map { $0.words[0] })
        let group = typed.first.flatMap { groups.contains($0) ? [$0] : nil } ?? []
        let rest = typed.dropFirst(group.count)
        switch rest.first {
        case "--help", "-h", "help": try environment.print(Help.overview(of: group))
        case "--version" where group.isEmpty: try environment.print("\(Version.text)\n")
        case nil:
            let words = (["jeton"] + group).joined(separator: " ")
            throw .misused("a command is missing: `\(words) --help` lists what there is")
        case let word?:
            throw .misused(unknown(word, in: group))
        }
    }

    private static func unknown(_ word: String, in group: [String]) -> String {
        let known = all.filter { $0.words.starts(with: group) }.map { $0.words[group.count] }
        let words = (["jeton"] + group).joined(separator: " ")
        return "unknown command “\(shown(word))”\(suggestion(for: word, among: known)): "
            + "`\(words) --help` lists what there is"
    }
}
