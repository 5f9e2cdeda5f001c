public import Tokens

/// An issuer whose identities can be traded for tokens: a CI system, a cluster, or any OpenID Connect provider.
public struct FederationIssuer: Sendable {
    /// Where its public keys come from.
    public enum Keys: Sendable {
        /// The address in its discovery document.
        case discovery
        /// An address (`jwks_uri`).
        case address(String)
        /// A file, which is read again whenever keys are asked for: the text, or why it cannot be read.
        case file(@Sendable () -> Result<[UInt8], KeyFileFault>)
    }

    /// Why a file of keys cannot be read.
    public struct KeyFileFault: Error, Sendable {
        public let reason: String

        public init(reason: String) {
            self.reason = reason
        }
    }

    /// Its name in the configuration.
    public let name: String
    /// `iss`, byte by byte.
    public let issuer: String
    /// The only `aud` that is accepted.
    public let audience: String
    public let kind: IssuerKind
    let keys: Keys
    /// The file with the certificates to trust, in PEM; `nil` for the system's.
    let authorities: String?

    public init(
        name: String, issuer: String, audience: String, kind: IssuerKind, keys: Keys = .discovery,
        authorities: String? = nil
    ) {
        self.name = name
        self.issuer = issuer
        self.audience = audience
        self.kind = kind
        self.keys = keys
        self.authorities = authorities
    }
}
