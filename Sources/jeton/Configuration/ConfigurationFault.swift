/// One thing that is wrong with the configuration: a line that says where and what.
struct ConfigurationFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// `jeton.yaml:12:3`, `JETON_LISTEN` or `--listen`.
    let place: String
    /// What is wrong there.
    let reason: String

    var description: String { "\(place): \(reason)" }
}

/// A key that does not go with another, which may not be there: that shows only in the whole.
struct KeyConflict {
    let key: String
    /// The other one. Where its value was not taken there is a line that says so already.
    let beside: String
    /// What follows the key's name in the line.
    let sentence: String
}

extension Configuration {
    /// All keys that do not go with another.
    var keyConflicts: [KeyConflict] {
        signInEveryFaults + passwordFaults + groupFaults + postgreSQLFaults + metrics.faults
    }
}

/// All that is wrong with the configuration; never empty.
struct ConfigurationFaults: Error, Hashable, Sendable, CustomStringConvertible {
    let all: [ConfigurationFault]

    var description: String { all.map(\.description).joined(separator: "\n") }
}

/// Why a value is not taken: what follows the key's name in the line.
struct BadValue: Error, Hashable, Sendable {
    let reason: String

    /// The value is not of the form that the key takes.
    init(expected: String, found: String) {
        reason =
            found.isEmpty
            ? "expected \(expected), found nothing" : "expected \(expected), found “\(shown(found))”"
    }

    init(_ reason: String) {
        self.reason = reason
    }
}

/// What somebody wrote, short and on one line.
func shown(_ text: some StringProtocol) -> String {
    let line = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
    return line.count > 80 ? String(line.prefix(79)) + "…" : String(line)
}
