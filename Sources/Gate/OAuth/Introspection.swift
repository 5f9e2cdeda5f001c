import JSON
import Tokens

/// What a service is told of a token that is good for it (RFC 7662, section 2.2): never more than what
/// concerns that service.
struct Introspection {
    private let holder: Verdict.Holder
    private let service: Service
    private let issuer: String
    private let scopes: [Scope]

    /// What is said of everything else, whatever it is and whyever it is not good.
    static let inactive: JSONValue = ["active": false]

    /// `nil` where the token is not for that service at all.
    init?(of holder: Verdict.Holder, at service: Service, issuer: String) {
        self.holder = holder
        self.service = service
        self.issuer = issuer
        scopes = Access.allCases.flatMap { holder.token.scopes.told(service.name, $0) }
        if scopes.isEmpty { return nil }
    }

    /// The answer. `name`, `email` and `groups` are our own additions, by the names of OpenID Connect. A body
    /// has no buffer of fixed size on its way, so `groups` has no bound of its own as `Remote-Groups` has.
    ///
    /// A token for everything has each access by its name, so that a service need only look for the one
    /// that it is about to grant.
    var json: JSONValue {
        let (token, owner) = (holder.token, holder.owner)
        var members: [String: JSONValue] = [
            "active": true,
            "scope": .string(scopes.map(\.text).joined(separator: " ")),
            "username": .string(owner.login.text),
            "sub": .string(owner.id.text),
            "aud": .string(service.name.text),
            "iss": .string(issuer),
            "jti": .string(token.id.text),
            "iat": .integer(token.createdAt.seconds),
            "token_type": "Bearer",
            "name": .string(owner.name),
            "groups": .array(service.sentGroups(of: owner).map { .string($0) }),
        ]
        if let end = token.expiresAt { members["exp"] = .integer(end.seconds) }
        if let email = owner.email { members["email"] = .string(email) }
        return .object(members)
    }
}

extension Scopes {
    /// The scopes by which `access` at the service is told: none where it is not covered, itself where it
    /// is covered everywhere, and itself with each path where only below paths.
    fileprivate func told(_ service: ServiceName, _ access: Access) -> [Scope] {
        guard reach(service, access) else { return [] }
        let paths = paths(of: service, access)
        return paths.isEmpty
            ? [.service(service, access)] : paths.map { .service(service, access, below: $0) }
    }
}
