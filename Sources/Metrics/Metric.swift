/// A metric with its samples: one family in the exposition formats.
public struct Metric: Hashable, Sendable {
    public enum Kind: String, Sendable {
        /// Grows from zero since the start of the process. Its name ends in `_total`.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts of values up to each bound.
        case histogram
    }

    /// One value. The suffix is appended to the metric's name, for histograms.
    public struct Sample: Hashable, Sendable {
        let suffix: String
        let labels: [Label]
        let value: Double

        public init(_ value: Double, _ labels: [Label] = [], suffix: String = "") {
            self.suffix = suffix
            self.labels = labels
            self.value = value
        }
    }

    /// A label; its name consists of `a-z` and `_`.
    public struct Label: Hashable, Sendable {
        let name: String
        let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The name with its unit, such as `jeton_verifications_total`.
    public let name: String
    let kind: Kind
    let help: String
    let samples: [Sample]

    /// `help` is a sentence for people, without a period.
    public init(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    /// A metric with one sample.
    public init(_ name: String, _ kind: Kind, _ help: String, _ value: some BinaryInteger) {
        self.init(name, kind, help, [Sample(Double(value))])
    }
}
