public import Sodium

/// What the identity provider says in an identity assertion authorization grant (ID-JAG,
/// draft-ietf-oauth-identity-assertion-authz-grant-04, section 3): that this client may have a token for this person, at
/// this service.
public struct IdentityAssertion: Hashable, Sendable {
    /// The person at the provider (`sub`).
    public let subject: String
    /// The client that the provider gave it to (`client_id`).
    public let client: String
    /// The service that the token is for (`resource`, RFC 8707).
    public let resource: String
    /// What the provider allows there (`scope`); `nil` where it does not say.
    public let scope: String?
    /// By what it is recognised when it comes again: the issuer and `jti`.
    public let mark: SHA256Digest
    /// When it is refused anyway.
    public let acceptedUntil: Timestamp

    public init(
        subject: String, client: String, resource: String, scope: String?, mark: SHA256Digest,
        acceptedUntil: Timestamp
    ) {
        self.subject = subject
        self.client = client
        self.resource = resource
        self.scope = scope
        self.mark = mark
        self.acceptedUntil = acceptedUntil
    }

    /// The `typ` of such an assertion.
    public static let type = "oauth-id-jag+jwt"
    /// The most time between its issue and its end, and since its issue.
    public static let longest = TimeSpan.minutes(10)

    /// What a token may do for it at a service: what the provider and the program allow both, of which `nil` is all; where
    /// neither says anything, reading. `nil` where nothing is left.
    public func scopes(asked: [Scope], at service: ServiceName) -> Scopes? {
        let named = scope.map { text in text.split(separator: " ").compactMap { Scope(String($0)) } }
        let allowed = (named ?? []).filter { $0.service == service }
        let wanted = asked.filter { $0.service == service }
        switch (named, asked.isEmpty) {
        case (nil, true): return .only([.service(service, .read)])
        case (nil, false): return wanted.isEmpty ? nil : Scopes(wanted)
        case (_?, true): return allowed.isEmpty ? nil : Scopes(allowed)
        case (_?, false):
            guard !allowed.isEmpty, !wanted.isEmpty else { return nil }
            return Scopes(allowed).intersection(Scopes(wanted))
        }
    }
}
