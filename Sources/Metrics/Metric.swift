/// A figure for monitoring, with all that it is told of: one family of the exposition formats.
public struct Metric: Hashable, Sendable {
    /// What kind of figure it is.
    public enum Kind: String, Sendable {
        /// Only grows, and begins at zero with the process. Its name ends in `_total`.
        case counter
        /// Goes up and down.
        case gauge
        /// How many were up to each of some bounds.
        case histogram
    }

    /// One value. The suffix stands behind the metric's name: only those of a histogram have one.
    public struct Sample: Hashable, Sendable {
        let suffix: String
        let labels: [Label]
        let value: Double

        /// A value of that metric, with what tells it from the others.
        public init(_ value: Double, _ labels: [Label] = [], suffix: String = "") {
            self.suffix = suffix
            self.labels = labels
            self.value = value
        }
    }

    /// What tells a value from others of its metric. The name is of `a-z` and `_`.
    public struct Label: Hashable, Sendable {
        let name: String
        let value: String

        /// A label of that name.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The name, with its unit: `jeton_verifications_total`.
    public let name: String
    let kind: Kind
    let help: String
    let samples: [Sample]

    /// A metric of those values; `help` is a sentence for people, without its period.
    public init(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    /// A metric of one value.
    public init(_ name: String, _ kind: Kind, _ help: String, _ value: some BinaryInteger) {
        self.init(name, kind, help, [Sample(Double(value))])
    }
}
