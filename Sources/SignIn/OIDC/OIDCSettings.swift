public import Sodium

/// What the operator decides about signing in through an OpenID Connect provider.
public struct OIDCSettings: Sendable {
    /// Who signs the ID tokens; compared exactly.
    public var issuer: String
    /// What the provider calls this desk.
    public var clientID: String
    /// What the desk proves itself with; `nil` for a public client.
    public var clientSecret: ClientSecret?
    /// How it is sent.
    public var clientAuthentication = ClientAuthentication.automatic
    /// What is asked for, `openid` among it.
    public var scopes = Self.usualScopes
    /// What the button says: "Sign in with …".
    public var title: String
    /// Which claims say who a person is.
    public var claims = ClaimNames()
    /// Who may sign in; everybody whom the provider signs in where it is empty.
    public var allowedGroups: [String] = []
    /// Who administers, where it is not empty; otherwise that is the desk's own affair.
    public var adminGroups: [String] = []
    /// The groups that the configuration names anywhere: they are kept of people in very many groups.
    public var namedGroups: [String] = []
    /// Who may have an account.
    public var accounts = AccountRule.anybody
    /// The desk's public address, without a slash at its end.
    public var deskAddress: String

    /// What every provider knows.
    public static let usualScopes = ["openid", "profile", "email"]

    /// Settings with the defaults for all but these; the title is the issuer's host.
    public init(issuer: String, clientID: String, deskAddress: String) {
        self.issuer = issuer
        self.clientID = clientID
        self.deskAddress = deskAddress
        title = ProviderAddress(issuer)?.host ?? issuer
    }

    /// Where the provider sends the browser back to, to be registered there exactly.
    public var redirectURI: String { "\(deskAddress)/sign-in/callback" }
    /// Where the provider sends the browser after signing out, to be registered there exactly.
    public var afterSignOut: String { "\(deskAddress)/" }
}

/// Who may have an account, of those whom the provider signs in.
public enum AccountRule: String, Hashable, Sendable, CaseIterable {
    /// Everybody: who is not known gets one at the first sign-in.
    case anybody
    /// Only who was provisioned by SCIM. Break-glass accounts are not touched by it.
    case provisioned
}

/// What a client proves itself with; it prints as nothing.
public struct ClientSecret: Sendable, Redacted {
    let text: String

    /// A secret as the provider gave it.
    public init(_ text: String) {
        self.text = text
    }
}

/// How a client proves itself at the token endpoint (OpenID Connect Core 1.0, section 9).
public enum ClientAuthentication: String, Hashable, Sendable, CaseIterable {
    /// What the provider says it takes; `client_secret_basic` where it takes several.
    case automatic = "auto"
    case basic = "client_secret_basic"
    case post = "client_secret_post"
    case none = "none"
}
