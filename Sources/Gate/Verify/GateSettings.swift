public import TokenIndex
public import Tokens

/// The gate's part of the configuration.
public struct GateSettings: Sendable {
    /// The services to guard; names are unique.
    public var services: [Service]
    public var desk: DeskAddress
    /// The desk's public URL, as `issuer` in OAuth's metadata.
    public var issuer: String
    /// The secrets by which services authenticate for introspection.
    public var secrets: [ServiceName: ServiceSecret]
    public var format: TokenFormat
    /// Proxies whose `X-Forwarded-For` is trusted.
    public var trustedProxies: [AddressRange]
    /// The number of server threads.
    public var threads: Int
    /// While the index is stale nothing is granted.
    public var staleness: Staleness
    public var verdicts: VerdictCounts

    public init(
        services: [Service], desk: DeskAddress, issuer: String = "",
        secrets: [ServiceName: ServiceSecret] = [:], format: TokenFormat = .standard,
        trustedProxies: [AddressRange] = AddressRange.loopback, threads: Int = 1,
        staleness: Staleness = .always, verdicts: VerdictCounts? = nil
    ) {
        self.services = services
        self.desk = desk
        self.issuer = issuer
        self.secrets = secrets
        self.format = format
        self.trustedProxies = trustedProxies
        self.threads = threads
        self.staleness = staleness
        self.verdicts = verdicts ?? VerdictCounts(services.map(\.name), shards: threads)
    }

    var servicesByName: [String: Service] {
        Dictionary(services.map { ($0.name.text, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
