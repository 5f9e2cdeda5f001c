import HTTPServer
import JSON
import Signals
import Tokens

extension Command {
    private static let reference = Flag(
        name: "--reference", summary: "print the reference of all keys, in Markdown, and check nothing")
    private static let schema = Flag(
        name: "--schema", summary: "print the JSON Schema of the file, for editors, and check nothing")

    static let checkConfig = Command(
        words: ["check-config"], summary: "Check the configuration.",
        flags: [.config, reference, schema],
        details: """
            Reads the file and the JETON_… variables as `jeton serve` does, without starting anything.
            Each error is printed as a line with its place, and the exit code is 2. A warning is about
            something that is allowed but unlikely to work as intended.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        guard !arguments.has(reference) || !arguments.has(schema) else {
            throw .misused("--reference and --schema cannot be combined")
        }
        guard !arguments.has(reference) || !arguments.has(.json) else {
            throw .misused("--reference is Markdown: --schema prints all keys as JSON")
        }
        if arguments.has(schema) {
            return .facts(Configuration.schema, Configuration.schema.text + "\n")
        }
        if arguments.has(reference) { return .facts(.null, Configuration.reference) }
        return answer(of: try CommandContext(arguments, environment).configuration())
    }

    /// What `configuration` says, with its warnings.
    private static func answer(of configuration: Configuration) -> CommandAnswer {
        let services = configuration.services.map(\.name.text)
        let end = configuration.tls.identity.map(\.expires.rfc3339)
        let warnings = configuration.warnings(at: Clock.system.now) + configuration.socketWarnings
        var text = """
            The configuration is valid.
              listen      \(configuration.listen)
              address     \(configuration.publicURL)
              services    \(services.joined(separator: ", "))

            """
        let passwords = configuration.passwordsLine
        if !passwords.isEmpty { text += "  passwords   \(passwords)\n" }
        if let signals = configuration.signalSettings {
            let way = signals.management?.polls == true ? "fetched from" : "pushed by"
            text += "  signals     \(way) \(signals.issuer)\n"
        }
        if let end { text += "  TLS         the certificate is valid until \(end)\n" }
        let json: JSONValue = [
            "valid": true, "listen": .string("\(configuration.listen)"),
            "public_url": .string("\(configuration.publicURL)"),
            "services": .strings(services), "certificate_expires_at": .optional(end),
            "warnings": .strings(warnings),
        ]
        var answer = CommandAnswer.facts(json, text)
        answer.notes = warnings.map { "warning: \($0)" }
        return answer
    }
}
