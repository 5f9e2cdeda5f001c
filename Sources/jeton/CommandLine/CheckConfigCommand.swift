import HTTPServer
import JSON
import Tokens

extension Command {
    private static let reference = Flag(
        name: "--reference", summary: "print the reference of all keys, in Markdown, and check nothing")
    private static let schema = Flag(
        name: "--schema", summary: "print the JSON Schema of the file, for editors, and check nothing")

    static let checkConfig = Command(
        words: ["check-config"], summary: "Say what is wrong with the configuration, if anything is.",
        flags: [.config, reference, schema],
        details: """
            It reads the file and the variables JETON_… as `jeton serve` does, and starts nothing.
            Each fault is a line with its place; the exit code is 2 then. What will hardly do as it was meant
            is a warning.
            """
    ) { (arguments, surroundings) throws(CommandFailure) in
        guard !arguments.has(reference) || !arguments.has(schema) else {
            throw .misused("--reference and --schema are two different things: give one of them")
        }
        if arguments.has(schema) { return try surroundings.print(Configuration.schema.text + "\n") }
        if arguments.has(reference) { return try surroundings.print(Configuration.reference) }
        let configuration = try Place(arguments, surroundings).configuration()
        let services = configuration.services.map(\.name.text).joined(separator: ", ")
        try surroundings.print(
            """
            The configuration is good.
              listens on  \(configuration.listen)
              is reached  \(configuration.publicURL)
              guards      \(services)

            """)
        let passwords = configuration.passwordsLine
        if !passwords.isEmpty { try surroundings.print("  passwords   \(passwords)\n") }
        if let identity = configuration.tls.identity {
            try surroundings.print(
                "  speaks TLS  its certificate is valid until \(identity.expires.rfc3339)\n")
        }
        for warning in configuration.warnings(at: Clock.system.now) {
            Output.mention("jeton: warning: \(warning)\n")
        }
    }
}
