public import Sodium

/// The operator's settings for signing in through an OpenID Connect provider.
public struct OIDCSettings: Sendable {
    /// The issuer of ID tokens, compared byte by byte.
    public var issuer: String
    /// The client identifier of this desk.
    public var clientID: String
    /// The client secret; `nil` for a public client.
    public var clientSecret: ClientSecret?
    /// How the secret is sent.
    public var clientAuthentication = ClientAuthentication.automatic
    /// The requested scopes, `openid` among them.
    public var scopes = Self.usualScopes
    /// What the button says: "Sign in with …".
    public var title: String
    /// The names of the claims that describe a person.
    public var claims = ClaimNames()
    /// The groups whose members may sign in; empty for everybody.
    public var allowedGroups: [String] = []
    /// The groups whose members administer; where it is empty, the desk itself decides.
    public var adminGroups: [String] = []
    /// The groups that the configuration names anywhere, which are stored first of people in very many
    /// groups.
    public var namedGroups: [String] = []
    /// Who may have an account.
    public var accounts = AccountRule.anybody
    /// The desk's public address, without a slash at its end.
    public var deskAddress: String

    /// The scopes that every provider supports.
    public static let usualScopes = ["openid", "profile", "email"]

    /// Defaults for all but these; the title is the issuer's host.
    public init(issuer: String, clientID: String, deskAddress: String) {
        self.issuer = issuer
        self.clientID = clientID
        self.deskAddress = deskAddress
        title = ProviderAddress(issuer)?.host ?? issuer
    }

    /// The redirect URI, to be registered exactly.
    public var redirectURI: String { "\(deskAddress)/sign-in/callback" }
    /// The post-logout redirect URI, to be registered exactly.
    public var afterSignOut: String { "\(deskAddress)/" }
}

/// Which of the people whom the provider signs in may have an account.
public enum AccountRule: String, Hashable, Sendable, CaseIterable {
    /// Everybody. A new account is added at the first sign-in.
    case anybody
    /// Only people provisioned by SCIM. Break-glass accounts are exempt.
    case provisioned
}

/// A client secret, which never prints.
public struct ClientSecret: Sendable, Redacted {
    let text: String

    public init(_ text: String) {
        self.text = text
    }
}

/// How a client authenticates at the token endpoint (OpenID Connect Core 1.0, section 9).
public enum ClientAuthentication: String, Hashable, Sendable, CaseIterable {
    /// A method that the provider supports; `client_secret_basic` where it supports several.
    case automatic = "auto"
    case basic = "client_secret_basic"
    case post = "client_secret_post"
    case none = "none"
}
