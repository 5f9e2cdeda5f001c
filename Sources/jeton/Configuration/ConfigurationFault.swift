/// One error in the configuration, as a line that says where and what.
struct ConfigurationFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// `jeton.yaml:12:3`, `JETON_LISTEN` or `--listen`.
    let place: String
    /// What is wrong.
    let reason: String

    var description: String { "\(place): \(reason)" }
}

/// A key that does not fit another one, or lacks it: that is only known after all sources were read.
struct KeyConflict {
    let key: String
    /// The other key. If its value was refused, that is reported instead.
    let beside: String
    /// What is wrong, as the rest of a sentence that begins with the key.
    let sentence: String

    /// `beside` defaults to the key itself.
    init(_ key: String, beside: String? = nil, _ sentence: String) {
        self.key = key
        self.beside = beside ?? key
        self.sentence = sentence
    }
}

/// All errors in the configuration; never empty.
struct ConfigurationFaults: Error, Hashable, Sendable, CustomStringConvertible {
    let all: [ConfigurationFault]

    var description: String { all.map(\.description).joined(separator: "\n") }
}

/// Why a value is refused, as what follows the key in the line.
struct BadValue: Error, Hashable, Sendable {
    let reason: String

    /// The value does not have the form of the key.
    init(expected: String, found: String) {
        reason =
            found.isEmpty
            ? "expected \(expected), found nothing" : "expected \(expected), found “\(shown(found))”"
    }

    init(_ reason: String) {
        self.reason = reason
    }
}

/// `text` for an error message, shortened and on one line.
func shown(_ text: some StringProtocol) -> String {
    let line = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
    return line.count > 80 ? String(line.prefix(79)) + "…" : String(line)
}
