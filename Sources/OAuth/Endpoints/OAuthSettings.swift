import Gate
public import Tokens

/// The configuration of the authorization server.
public struct OAuthSettings: Sendable {
    /// The desk's public address, which is the `issuer`.
    public var issuer: String
    public var services: [Service]
    public var clients: ClientRegistry
    /// Whether programs without a browser may ask (RFC 8628), and npm.
    public var allowsDevices: Bool
    /// Whether assertions of the identity provider are taken (ID-JAG).
    public var takesAssertions: Bool
    /// Proxies whose `X-Forwarded-For` is trusted.
    public var trustedProxies: [AddressRange]
    /// Wrong secrets of clients, which every copy of these settings counts together.
    let guesses: ClientGuesses

    public init(
        issuer: String, services: [Service], clients: ClientRegistry = ClientRegistry(),
        allowsDevices: Bool = true, takesAssertions: Bool = false,
        trustedProxies: [AddressRange] = AddressRange.loopback, clock: Clock
    ) {
        self.issuer = issuer
        self.services = services
        self.clients = clients
        self.allowsDevices = allowsDevices
        self.takesAssertions = takesAssertions
        self.trustedProxies = trustedProxies
        guesses = ClientGuesses(clock: clock)
    }
}
