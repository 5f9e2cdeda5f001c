/// `log`: what is logged.
struct LogSection: Sendable {
    /// Whether each grant is.
    var grants = true
}

extension ConfigurationKey {
    static let log: [ConfigurationKey] = [
        .one(
            "log.grants", .truth, default: "true",
            "Whether to log every grant at `/verify`; denials are always logged."
        ) { $0.log.grants = $1 }
    ]
}
