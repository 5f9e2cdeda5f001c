import Tokens

/// `stop`: what happens after the signal to stop.
struct StopSection: Sendable {
    /// How long to serve on.
    var drain = TimeSpan.seconds(0)
}

extension ConfigurationKey {
    static let stop: [ConfigurationKey] = [
        .one(
            "stop.drain", .delay, default: "0s",
            "How long the server serves on after SIGTERM while `/readyz` answers 503, so that a load balancer "
                + "sends what comes to other nodes ([how long that has to be](operate/load-balancers.md))."
        ) { $0.stop.drain = $1 }
    ]
}
