public import Tokens

/// A program that asks people for tokens (RFC 6749, section 2).
public struct OAuthClient: Hashable, Sendable {
    /// How the desk came to know it, which people are told.
    public enum Source: Hashable, Sendable {
        /// Jeton knows it, or the operator configured it.
        case desk
        /// Its metadata are at its `client_id`, an address of that host.
        case document(host: String)
        /// It registered itself (RFC 7591).
        case itself
    }

    /// `client_id`.
    public let id: String
    /// What people call it.
    public let title: String
    /// Where it may get its codes; empty for a program that only polls.
    public let redirectURIs: [RedirectURI]
    /// What it asks for where a request names no scope.
    public let scopes: [Scope]
    public let source: Source
    /// Its secret; `nil` for a program that cannot keep one (RFC 6749, section 2.1), as most are.
    public let secret: ServiceSecret?

    public init(
        id: String, title: String, redirectURIs: [RedirectURI], scopes: [Scope] = [], source: Source = .desk,
        secret: ServiceSecret? = nil
    ) {
        self.id = id
        self.title = title
        self.redirectURIs = redirectURIs
        self.scopes = scopes
        self.source = source
        self.secret = secret
    }

    /// What an error calls it: never by a name that it chose itself.
    var nameInErrors: String {
        switch source {
        case .desk: title
        case .document(let host): "The program at \(host)"
        case .itself: "The program"
        }
    }

    /// The registered address that `uri` matches; `nil` for none.
    public func redirectURI(matching uri: String) -> RedirectURI? {
        redirectURIs.first { $0.matches(uri) }
    }

    /// Whether what was presented proves that it is this client: nothing or anything for one without a secret, since
    /// Debian's git-credential-oauth sends an empty one and others make one up.
    func isAuthentic(_ secrets: [String]) -> Bool {
        guard let secret else { return true }
        return secrets.contains(where: secret.matches)
    }
}
