import JSON

/// What a command that succeeded has to say: a document for programs, and a text for people. One of them is printed.
struct CommandAnswer: Sendable {
    /// What `--json` prints, on one line.
    var json: JSONValue = .null
    /// What is printed otherwise; empty where the command has printed all there is.
    var text = ""
    /// Whether the command itself has printed all there is, also as JSON.
    var isPrinted = false
    /// Whether the text says what was done, and not what there is.
    var isChange = false
    /// Further lines for people, on standard error.
    var notes: [String] = []
    /// The exit code: 0, or what the command's help says of another.
    var code: Int32 = 0
    /// Undoes a change whose answer cannot be printed, and returns the failure to report.
    var takeBack: (@Sendable (Files.Fault) async -> CommandFailure)?

    /// What there is.
    static func facts(_ json: JSONValue, _ text: String) -> Self { Self(json: json, text: text) }

    /// What was done.
    static func done(_ json: JSONValue, _ text: String) -> Self {
        Self(json: json, text: text, isChange: true)
    }

    /// Nothing more than what was printed.
    static let printed = Self(isPrinted: true)

    /// Prints it.
    func print(asJSON: Bool, in environment: CommandEnvironment) async throws(CommandFailure) {
        let output = isPrinted ? "" : asJSON ? json.text + "\n" : text
        if !output.isEmpty {
            do throws(Files.Fault) {
                try environment.write(output)
            } catch {
                if let takeBack { throw await takeBack(error) }
                try environment.explain(error, after: isChange ? text : nil)
            }
        }
        for note in notes { report(PrintedTable.printable(note)) }
    }
}
