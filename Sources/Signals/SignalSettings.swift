public import Ledger
public import Sodium

/// The operator's settings for one transmitter of signals.
public struct SignalSettings: Sendable {
    /// The name of the stream in the ledger.
    public var name = "default"
    /// The transmitter's issuer, compared byte by byte.
    public var issuer: String
    /// Who Jeton is to the transmitter; at least one of `aud` has to be exactly this.
    public var audience: String
    /// Where its keys are; `nil` to ask its metadata.
    public var keysAddress: String?
    /// The whole `Authorization` header that pushes must have; `nil` for none.
    public var authorization: SignalSecret?
    /// The issuer in subjects of the format `iss_sub`.
    public var subjectIssuer: String
    /// The issuer of the identities with which people sign in here.
    public var identityIssuer: String
    /// Whether people may be named by their e-mail address.
    public var takesEmail = false
    /// What each event does.
    public var acts: [SignalEvent: SignalAct] = [:]
    /// How Jeton manages the stream; `nil` where that is done at the transmitter.
    public var management: Management?
    /// Where the transmitter pushes to: the desk's public address, with `/signals`.
    public var endpoint: String

    /// How Jeton sets a stream up.
    public struct Management: Sendable {
        public var clientID: String
        public var clientSecret: SignalSecret
        /// Where access tokens are got (RFC 6749, section 4.4); `nil` to ask the issuer's metadata.
        public var tokenEndpoint: String?
        /// Whether signals are fetched (RFC 8936), and not pushed.
        public var polls = false

        public init(clientID: String, clientSecret: SignalSecret) {
            (self.clientID, self.clientSecret) = (clientID, clientSecret)
        }
    }

    public init(issuer: String, audience: String, identityIssuer: String, endpoint: String) {
        (self.issuer, self.audience, self.endpoint) = (issuer, audience, endpoint)
        (self.identityIssuer, subjectIssuer) = (identityIssuer, identityIssuer)
    }

    /// What an event does.
    public func act(of event: SignalEvent) -> SignalAct { acts[event] ?? event.usualAct }
}

/// A secret that is shared with the transmitter, which never prints.
public struct SignalSecret: Hashable, Sendable, Redacted {
    let text: String

    public init(_ text: String) {
        self.text = text
    }
}
