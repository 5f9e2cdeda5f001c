import Tokens

/// `stop`: what happens after the signal to stop.
struct StopSection: Sendable {
    /// How long to keep serving.
    var drain = TimeSpan.seconds(0)
}

extension ConfigurationKey {
    static let stop: [ConfigurationKey] = [
        .one(
            "stop.drain", .delay, default: "0s",
            "How long the server keeps serving after SIGTERM while `/readyz` answers 503, so that a load balancer "
                + "moves to other nodes ([how long that takes](operate/load-balancers.md))."
        ) { $0.stop.drain = $1 }
    ]
}
