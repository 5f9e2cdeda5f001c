/// Which Jeton this is.
enum Version {
    /// The version, as `CHANGELOG.md` has it.
    static let number = "0.1.0"
    /// What `jeton version` prints.
    static let text = "jeton \(number)"
}

extension Command {
    static let version = Command(words: ["version"], summary: "Print the version.") {
        (_, environment) throws(CommandFailure) in
        try environment.print("\(Version.text)\n")
    }
}
