import HTTPServer
import JSON
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
        if arguments.has(schema) { return try environment.print(Configuration.schema.text + "\n") }
        if arguments.has(reference) { return try environment.print(Configuration.reference) }
        let configuration = try CommandContext(arguments, environment).configuration()
        let services = configuration.services.map(\.name.text).joined(separator: ", ")
        try environment.print(
            """
            The configuration is valid.
              listen      \(configuration.listen)
              address     \(configuration.publicURL)
              services    \(services)

            """)
        let passwords = configuration.passwordsLine
        if !passwords.isEmpty { try environment.print("  passwords   \(passwords)\n") }
        if let identity = configuration.tls.identity {
            try environment.print(
                "  TLS         the certificate is valid until \(identity.expires.rfc3339)\n")
        }
        for warning in configuration.warnings(at: Clock.system.now) {
            Output.mention("jeton: warning: \(warning)\n")
        }
    }
}
