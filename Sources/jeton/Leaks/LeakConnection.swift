import JSON
import Leaks
import Tokens

/// Sends findings to the desk on this machine, or with `--desk` to one somewhere else.
struct LeakConnection: Sendable {
    private let context: CommandContext
    private let remote: (desk: DeskClient, secret: String)?
    /// The form of the desk's tokens.
    let knownFormat: TokenFormat

    /// The most findings of one request.
    private static let portion = 1000

    init(
        _ arguments: Arguments, _ environment: CommandEnvironment, desk: Flag, tokenFile: Flag
    ) throws(CommandFailure) {
        context = CommandContext(arguments, environment)
        remote = try Self.remote(arguments, environment, desk, tokenFile)
        knownFormat = try context.configuration().tokenFormat
    }

    private static func remote(
        _ arguments: Arguments, _ environment: CommandEnvironment, _ desk: Flag, _ tokenFile: Flag
    ) throws(CommandFailure) -> (desk: DeskClient, secret: String)? {
        guard let address = arguments.value(desk) else {
            guard !arguments.has(tokenFile) else { throw .misused("--token-file is only for \(desk.usage)") }
            return nil
        }
        let client = try DeskClient(address)
        if let file = arguments.value(tokenFile) {
            guard file != "-" else { throw .misused("--token-file takes a file: standard input is searched") }
            return (client, try SelfRotation.presentSecret(in: file))
        }
        guard let text = environment.variables["JETON_TOKEN"], !text.isEmpty else {
            throw .misused("--desk needs \(tokenFile.usage), or the token in $JETON_TOKEN")
        }
        guard let secret = SelfRotation.secret(in: Array(text.utf8)) else {
            throw .misused("$JETON_TOKEN must have the token and nothing else")
        }
        return (client, secret)
    }

    /// Sends them, a thousand at a time.
    func send(
        _ findings: [LeakFinding], isDry: Bool, act: LeakAct?
    ) async throws(CommandFailure) -> LeakReportText {
        var report = LeakReportText()
        report.findings = findings.count
        let found = findings.flatMap { finding in
            finding.secrets.map { secret -> JSONValue in
                [
                    "token": .string(secret.reveal()), "url": .string(finding.url),
                    "source": .string(finding.source),
                ]
            }
        }
        let path = "/leaks?dry_run=\(isDry)" + (act.map { "&act=\($0.rawValue)" } ?? "")
        for start in stride(from: 0, to: found.count, by: Self.portion) {
            let body = JSONValue.array(Array(found[start..<min(start + Self.portion, found.count)]))
            report.secrets += try await answer(path, body)["secrets"]?.array ?? []
        }
        return report
    }

    private func answer(_ path: String, _ body: JSONValue) async throws(CommandFailure) -> JSONValue {
        guard let remote else {
            return try await Administration(context: context).send("POST", path, body)
        }
        do throws(DeskClient.Silence) {
            let answer = try await remote.desk.send(
                "POST", path, secret: remote.secret, body: body, timeout: 120_000, maxBytes: 64 << 20,
                base: "")
            guard answer.status < 400, let value = answer.value else {
                throw DeskClient.Silence(
                    reason: answer.value.flatMap(FieldOptions.sentence) ?? "status \(answer.status)",
                    mayHaveWorked: answer.status >= 500)
            }
            return value
        } catch {
            throw .failed(
                error.mayHaveWorked
                    ? "the desk's answer did not come (\(error.reason)): it is not known whether this was done"
                    : "the desk did not take the report: \(error.reason)")
        }
    }
}
