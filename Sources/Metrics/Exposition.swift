/// The formats in which metrics are written.
public enum Exposition: Hashable, Sendable, CaseIterable {
    /// Prometheus's own text format, 0.0.4
    /// (https://prometheus.io/docs/instrumenting/exposition_formats/).
    case text
    /// OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/).
    case openMetrics

    /// The format for the value of an `Accept` field: ``openMetrics`` if it is named, else ``text``.
    public init(accept: String?) {
        let types = (accept ?? "").lowercased().split(separator: ",")
        let isWanted = types.contains { type in
            let parts = type.split(separator: ";").map { $0.filter { $0 != " " } }
            return parts.first == "application/openmetrics-text"
                && !parts.dropFirst().contains { ["q=0", "q=0.0"].contains($0) }
        }
        self = isWanted ? .openMetrics : .text
    }

    public var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// Writes metrics; those without samples are left out.
    public func text(_ metrics: [Metric]) -> String {
        var text = ""
        for metric in metrics where !metric.samples.isEmpty { append(metric, to: &text) }
        return self == .openMetrics ? text + "# EOF\n" : text
    }

    private func append(_ metric: Metric, to text: inout String) {
        let name = familyName(of: metric)
        text += "# HELP \(name) \(Self.escaped(metric.help, quote: false)).\n"
        text += "# TYPE \(name) \(metric.kind.rawValue)\n"
        for sample in metric.samples {
            text += metric.name + sample.suffix
            if !sample.labels.isEmpty {
                let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value, quote: true))\"" }
                text += "{\(labels.joined(separator: ","))}"
            }
            text += " \(Self.number(sample.value))\n"
        }
    }

    /// In OpenMetrics, `_total` belongs to the sample's name and not to the metric's.
    private func familyName(of metric: Metric) -> String {
        let ending = "_total"
        guard self == .openMetrics, metric.kind == .counter, metric.name.hasSuffix(ending) else {
            return metric.name
        }
        return String(metric.name.dropLast(ending.count))
    }

    private static func escaped(_ text: String, quote: Bool) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return quote ? escaped.replacing("\"", with: "\\\"") : escaped
    }

    /// Integers have no decimal point, which also avoids exponents.
    private static func number(_ value: Double) -> String {
        Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}
