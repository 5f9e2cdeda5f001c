import JSON
import Tokens

/// The introspection response for an active token (RFC 7662, section 2.2), restricted to what concerns the service
/// that asks.
struct Introspection {
    private let holder: Verdict.Holder
    private let service: Service
    private let issuer: String
    private let scopes: [Scope]

    /// The response for everything else, without a reason.
    static let inactive: JSONValue = ["active": false]

    /// `nil` if no scope of the token covers the service.
    init?(of holder: Verdict.Holder, at service: Service, issuer: String) {
        self.holder = holder
        self.service = service
        self.issuer = issuer
        scopes = Access.allCases.filter { service.takesWrites(from: holder.token.isOfJob, $0) }.flatMap {
            holder.token.scopes.covering(service.name, $0)
        }
        if scopes.isEmpty { return nil }
    }

    /// The response. `name`, `email` and `groups` are additions of Jeton, named as in OpenID Connect; `kind` says what no
    /// person is. `groups` is not
    /// bounded as `Remote-Groups` is, because no proxy buffers a body.
    ///
    /// A token without scopes lists each access by name, so a service only has to look for the one it needs.
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
        if let end = holder.endsAt(at: service) { members["exp"] = .integer(end.seconds) }
        if !owner.isPerson { members["kind"] = .string(Subject.accountKind) }
        if let act { members["act"] = act }
        if let email = owner.email { members["email"] = .string(email) }
        return .object(members)
    }

    /// Who acts on behalf of the owner (RFC 8693, section 4.1): the agent that has the token, with the one that it acts for
    /// within.
    private var act: JSONValue? {
        holder.actors.reversed().reduce(nil) { (inner: JSONValue?, actor) in
            var members: [String: JSONValue] = [
                "sub": .string(actor.id.text), "username": .string(actor.login.text),
            ]
            if let inner { members["act"] = inner }
            return .object(members)
        }
    }
}

extension Scopes {
    /// The scopes that express `access` at the service: none if it is not covered, one if it is covered everywhere,
    /// else one for each path.
    fileprivate func covering(_ service: ServiceName, _ access: Access) -> [Scope] {
        guard reach(service, access) else { return [] }
        let paths = paths(of: service, access)
        return paths.isEmpty
            ? [.service(service, access)] : paths.map { .service(service, access, below: $0) }
    }
}
