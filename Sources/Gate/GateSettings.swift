public import Ledger
public import Tokens

/// What the operator decides about the gate.
public struct GateSettings: Sendable {
    /// What is guarded, by name.
    public var services: [Service]
    /// The address of My Tokens, for the sentences of refusals.
    public var deskAddress: String
    /// The address that people reach the desk by, as OAuth's `iss`.
    public var issuer: String
    /// What services prove themselves with that ask by themselves; one without cannot.
    public var secrets: [ServiceName: ServiceSecret]
    /// The form of tokens.
    public var format: TokenFormat
    /// Proxies whose `X-Forwarded-For` is believed.
    public var trustedProxies: [AddressRange]
    /// How many threads ask at a time.
    public var threads: Int
    /// Whether what the index knows is current; where it is not, nothing is granted.
    public var staleness: Staleness
    /// Where verdicts are counted.
    public var verdicts: VerdictCounts

    /// Settings of those parts.
    public init(
        services: [Service], deskAddress: String, issuer: String = "",
        secrets: [ServiceName: ServiceSecret] = [:], format: TokenFormat = .standard,
        trustedProxies: [AddressRange] = AddressRange.loopback, threads: Int = 1,
        staleness: Staleness = .always, verdicts: VerdictCounts? = nil
    ) {
        self.services = services
        self.deskAddress = deskAddress
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
