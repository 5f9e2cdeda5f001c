import Tokens

extension ConfigurationKey {
    /// The keys of what monitoring reads.
    static let metrics: [ConfigurationKey] = [
        .one(
            "metrics.listen", .endpoint, default: "none: only at the data folder's socket",
            "Where `/metrics` is read, with `/healthz` and `/readyz`, over plain HTTP: an address and port of its "
                + "own, or those of `listen` ([metrics](operate/metrics.md))."
        ) { $0.metrics.listen = $1 },
        .list(
            "metrics.allow", .addresses, default: "127.0.0.0/8, ::1",
            "Who may read `/metrics` there. Behind a trusted proxy the client's address counts."
        ) { $0.metrics.allowed = $1 },
    ]
}
