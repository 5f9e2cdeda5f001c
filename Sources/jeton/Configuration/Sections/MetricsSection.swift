import Tokens

/// `metrics`: where monitoring reads the metrics, and from which addresses.
struct MetricsSection: Hashable, Sendable {
    /// Where they are served; `nil` for the data folder's socket alone.
    var listen: Endpoint?
    /// The addresses that may read them.
    var allowed = AddressRange.loopback

    var conflicts: [KeyConflict] {
        guard listen == nil, allowed != AddressRange.loopback else { return [] }
        return [
            KeyConflict(
                "metrics.allow", beside: "metrics.listen",
                "has no effect without `metrics.listen`")
        ]
    }
}

extension ValueParser<Endpoint> {
    fileprivate static let metricsEndpoint = ValueParser(
        endpoint.notation, schema: endpoint.schema
    ) { (text) throws(BadValue) in
        guard !text.hasPrefix(ListenAddress.socketPrefix) else {
            throw BadValue(
                "metrics are served at an address and a port, such as 127.0.0.1:9464, and not at a socket")
        }
        return try endpoint.read(text)
    }
}

extension Configuration {
    /// Whether `/metrics` is at the address of the desk.
    var servesMetricsBesideDesk: Bool { metrics.listen.map(ListenAddress.tcp) == listen }
}

extension ConfigurationKey {
    static let metrics: [ConfigurationKey] = [
        .one(
            "metrics.listen", .metricsEndpoint, default: "none: only at the data folder's socket",
            "Where `/metrics` is served, with `/healthz` and `/readyz`, over plain HTTP: an address and port of its "
                + "own, or those of `listen` ([metrics](operate/metrics.md))."
        ) { $0.metrics.listen = $1 },
        .list(
            "metrics.allow", .addresses, default: "127.0.0.0/8, ::1",
            "The addresses that may read `/metrics` there. Behind a trusted proxy, the client's address counts."
        ) { $0.metrics.allowed = $1 },
    ]
}
