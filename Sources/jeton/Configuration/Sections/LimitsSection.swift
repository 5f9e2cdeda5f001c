import HTTPServer
import Tokens

extension ConfigurationKey {
    private static let defaults = Server.Limits()

    /// `limits`: what one client may use up.
    static let limits: [ConfigurationKey] = [
        .one(
            "limits.body", .bytes(1024...64 << 20), default: ValueForm<Int>.inUnits(defaults.bodyBytes),
            "The most bytes of a request's body; more is answered with 413. Forms, and what anybody may send, have "
                + "smaller bounds of their own."
        ) { $0.limits.bodyBytes = $1 },
        .one(
            "limits.header", .bytes(4096...1 << 20), default: ValueForm<Int>.inUnits(defaults.headerBytes),
            "The most bytes of a request's line and header fields; more is answered with 431."
        ) { $0.limits.headerBytes = $1 },
        .one(
            "limits.connections", .number(16...1_000_000), default: "\(defaults.connections)",
            "The most connections at a time; more wait. One in eight is kept for trusted proxies."
        ) { $0.limits.connections = $1 },
        .one(
            "limits.connections_per_address", .number(1...1_000_000),
            default: "\(defaults.connectionsPerAddress)",
            "The most connections at a time from one address that is no trusted proxy, or for IPv6 from one network "
                + "of 64 bits; more are closed."
        ) { $0.limits.connectionsPerAddress = $1 },
        .one(
            "limits.request_timeout", .span, default: "\(defaults.requestTimeout.seconds)s",
            "How long a client may take to send a request, and again to read the answer."
        ) { $0.limits.requestTimeout = $1 },
    ]
}
