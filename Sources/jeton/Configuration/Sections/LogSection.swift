/// `log`: what the log has lines for.
struct LogSection: Sendable {
    /// Whether for each grant, too.
    var grants = true
}

extension ConfigurationKey {
    static let log: [ConfigurationKey] = [
        .one(
            "log.grants", .truth, default: "true",
            "Whether the log has a line for every grant at `/verify`, too; denials always have one."
        ) { $0.log.grants = $1 }
    ]
}
