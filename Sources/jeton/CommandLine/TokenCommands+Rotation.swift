import JSON
import Tokens

extension Command {
    private static let overlap = Flag(
        name: "--overlap", value: "TIME",
        summary:
            "how long the previous secret works: \(RotationOverlap.expected) (default: until-moved if the token is "
            + "in use, else none; with --self until the new one was seen to work)",
        words: ["none", "until-moved"])
    private static let byItself = Flag(
        name: "--self", summary: "rotate the token in --token-file, which needs the scope jeton:rotate")
    private static let tokenFile = Flag(
        name: "--token-file", value: "FILE",
        summary:
            "with --self: the file with the present secret, - for standard input (default: the file of --into)"
    )
    private static let deskAddress = Flag(
        name: "--desk", value: "URL", summary: "with --self: the desk's address")
    private static let into = Flag(
        name: "--into", value: "FILE",
        summary: "with --self: the file that gets the new secret, which its owner alone can read")
    private static let execute = Flag(
        name: "--exec", value: "COMMAND",
        summary: "with --self: a command for the shell that gets the new secret on its standard input")
    private static let ofSelf = [tokenFile, deskAddress, into, execute]

    static let tokenRotate = Command(
        words: ["token", "rotate"], summary: "Give a token a new secret.",
        flags: TokenChoice.flags + [overlap, byItself] + ofSelf + [.data, .config],
        details: """
            Takes either --user and --name, or --id, and prints the new secret, once. Or takes --self, and works from
            anywhere: the token rotates itself at --desk, and the new secret goes to --into, or --exec, or both. The
            previous secret ends once the new one was seen to work there; if anything fails, it keeps working for an
            hour, and the message says where the new one is.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let overlap = try arguments.value(overlap).map(RotationOverlap.init)
        guard arguments.has(byItself) else {
            if let flag = ofSelf.first(where: { arguments.has($0) }) {
                throw .misused("\(flag.name) is only for --self")
            }
            return try await rotate(arguments, environment, overlap)
        }
        guard !TokenChoice.isGiven(in: arguments) else {
            throw .misused("--self rotates the token in --token-file: leave out --user, --name and --id")
        }
        guard let address = arguments.value(deskAddress) else {
            throw .misused("--self needs \(deskAddress.usage)")
        }
        let rotation = SelfRotation(
            desk: try DeskClient(address), overlap: overlap, file: arguments.value(into),
            command: arguments.value(execute))
        guard rotation.file != nil || rotation.command != nil else {
            throw .misused("--self needs \(into.usage) or \(execute.usage)")
        }
        guard let source = arguments.value(tokenFile) ?? rotation.file else {
            throw .misused("--self needs \(tokenFile.usage), - for standard input")
        }
        return try await rotation.run(with: try SelfRotation.presentSecret(in: source))
    }

    /// Rotates through the operator's socket, and prints the new secret.
    private static func rotate(
        _ arguments: Arguments, _ environment: CommandEnvironment, _ overlap: RotationOverlap?
    ) async throws(CommandFailure) -> CommandAnswer {
        let administration = Administration(context: CommandContext(arguments, environment))
        let path = try await TokenChoice.path(arguments, administration)
        let token = try await administration.send("POST", path + "/rotate", overlap?.body ?? [:])
        var answer = CommandAnswer.done(token, token.text("secret") + "\n")
        answer.takeBack = { fault in
            let id = token.text("id")
            return .failed(
                "the token was rotated, but its new secret could not be written to standard output (\(fault.reason)) "
                    + "and is lost: end the previous one with `jeton token revoke --previous --id \(id)`, then rotate again"
            )
        }
        return answer
    }
}

extension SelfRotation {
    /// The secret that the file `path` has and nothing else, `-` for standard input.
    static func presentSecret(in path: String) throws(CommandFailure) -> String {
        let name = path == "-" ? "standard input" : path
        let bytes: [UInt8]
        do throws(Files.Fault) {
            bytes =
                path == "-"
                ? try Files.read(0, limit: SecretDraft.limit) : try Files.read(path, limit: SecretDraft.limit)
        } catch {
            throw .failed("cannot read \(name): \(error.reason)")
        }
        guard let secret = secret(in: bytes) else {
            throw .failed("\(name) must have the secret and nothing else")
        }
        return secret
    }
}
