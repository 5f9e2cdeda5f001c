import HTTPServer
import JSON
import Tokens

extension Command {
    private static let listen = Flag(
        name: "--listen", value: "ADDR:PORT", summary: "where to listen (default 127.0.0.1:8080)")

    static let serve = Command(
        words: ["serve"], summary: "Serve the token desk until SIGTERM or Ctrl-C.",
        flags: [.data, listen, .config],
        details: """
            As long as nobody ever administered, it prints a link, good for an hour, to an administrator's account.
            It writes one line of JSON for each request to standard error.
            With `stop.drain` it serves on for that time after SIGTERM or Ctrl-C; a second one ends that.
            With `tls`, SIGHUP has it read the certificate and its key anew.
            """
    ) { (arguments, environment) throws(CommandFailure) in
        let context = CommandContext(arguments, environment)
        let flags = arguments.value(listen).map { [(flag: listen.name, key: "listen", value: $0)] } ?? []
        // Before anything is opened, so that a signal in the meantime is not lost.
        let signals = EndSignals()
        let reloads = ReloadSignal(orEnd: signals)
        let serving = try ServerRun(context.configuration(flags: flags), data: context.data)
        let manager = ServiceManager(environment: environment.environment)
        try await serving.run(until: signals, reloading: reloads) { (greeting) throws(CommandFailure) in
            // It serves, whether that can be told or not.
            defer { manager.tellReady() }
            try environment.announce(greeting)
        } draining: { time in
            manager.tellStopping(within: time)
        }
    }
}

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
    ) { (arguments, environment) throws(CommandFailure) in
        guard !arguments.has(reference) || !arguments.has(schema) else {
            throw .misused("--reference and --schema are two different things: give one of them")
        }
        if arguments.has(schema) { return try environment.print(Configuration.schema.text + "\n") }
        if arguments.has(reference) { return try environment.print(Configuration.reference) }
        let configuration = try CommandContext(arguments, environment).configuration()
        let services = configuration.services.map(\.name.text).joined(separator: ", ")
        try environment.print(
            """
            The configuration is good.
              listens on  \(configuration.listen)
              is reached  \(configuration.publicURL)
              guards      \(services)

            """)
        let passwords = configuration.passwordsLine
        if !passwords.isEmpty { try environment.print("  passwords   \(passwords)\n") }
        if let identity = configuration.identity {
            try environment.print(
                "  speaks TLS  its certificate is valid until \(identity.expires.rfc3339)\n")
        }
        for warning in configuration.warnings(at: Clock.system.now) {
            Output.mention("jeton: warning: \(warning)\n")
        }
    }
}

/// Where a command's configuration and data are: what its flags say, or else the environment.
struct CommandContext: Sendable {
    /// The data folder.
    let data: DataFolder
    private let file: String?
    private let variables: [String: String]

    init(_ arguments: Arguments, _ environment: CommandEnvironment) {
        variables = environment.environment
        data = DataFolder(arguments.value(.data) ?? variables["JETON_DATA"] ?? "./data")
        file = arguments.value(.config) ?? variables["JETON_CONFIG"]
    }

    /// The configuration, where nothing is wrong with it.
    func configuration(
        flags: [(flag: String, key: String, value: String)] = []
    ) throws(CommandFailure) -> Configuration {
        do throws(ConfigurationFaults) {
            return try Configuration.read(
                Configuration.Sources(file: file, environment: variables, flags: flags))
        } catch {
            throw .misused(error.description)
        }
    }
}
