public import Tokens

/// What the operator decides about the gate.
public struct GateSettings: Sendable {
    /// What is guarded, by name.
    public var services: [Service]
    /// The address of My Tokens, for the sentences of refusals.
    public var deskAddress: String
    /// The form of tokens.
    public var format: TokenFormat
    /// Proxies whose `X-Forwarded-For` is believed.
    public var trustedProxies: [AddressRange]

    /// Settings of those parts.
    public init(
        services: [Service], deskAddress: String, format: TokenFormat = .standard,
        trustedProxies: [AddressRange] = AddressRange.loopback
    ) {
        self.services = services
        self.deskAddress = deskAddress
        self.format = format
        self.trustedProxies = trustedProxies
    }
}
