import HTTPServer
import Tokens

extension ConfigurationKey {
    private static let defaults = Server.Limits()

    /// `limits`: what one client may use up.
    static let limits: [ConfigurationKey] = [
        .one(
            "limits.body", .bytes(1024...64 << 20), default: ValueParser<Int>.inUnits(defaults.bodyBytes),
            "The most bytes of a request's body; more is answered with 413. Forms, and requests without a sign-in, "
                + "have smaller limits of their own."
        ) { $0.limits.bodyBytes = $1 },
        .one(
            "limits.header", .bytes(4096...1 << 20), default: ValueParser<Int>.inUnits(defaults.headerBytes),
            "The most bytes of a request line and its header fields; more is answered with 431."
        ) { $0.limits.headerBytes = $1 },
        .one(
            "limits.connections", .number(16...1_000_000), default: "\(defaults.connections)",
            "The most connections at a time; others wait. One in eight is reserved for trusted proxies."
        ) { $0.limits.connections = $1 },
        .one(
            "limits.connections_per_address", .number(1...1_000_000),
            default: "\(defaults.connectionsPerAddress)",
            "The most connections at a time from one address, or one /64 network for IPv6, that is not a trusted "
                + "proxy; others are closed."
        ) { $0.limits.connectionsPerAddress = $1 },
        .one(
            "limits.request_timeout", .span, default: "\(defaults.requestTimeout.seconds)s",
            "How long a client may take to send a request, and then to read the answer."
        ) { $0.limits.requestTimeout = $1 },
    ]
}
