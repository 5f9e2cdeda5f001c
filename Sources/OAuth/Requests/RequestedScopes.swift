import Desk
public import Tokens

/// What a program asks for: the scopes of this desk among those that it names, at the service that it names as the
/// resource.
public struct RequestedScopes: Hashable, Sendable {
    /// Empty where the program leaves the choice to the person.
    public let scopes: [Scope]
    /// The service that `resource` names (RFC 8707).
    public let resource: ServiceName?

    /// Why nothing can be asked for so.
    public struct Fault: Error, Hashable, Sendable {
        /// `invalid_scope` or `invalid_target`.
        public let code: String
        public let sentence: String
    }

    /// The most bytes of `scope` and of `resource`.
    private static let limit = 2000

    /// Reads `scope` (RFC 6749, section 3.3) and `resource` (RFC 8707, section 2). Scopes of other servers, such as
    /// `openid` and `offline_access`, are left out (section 3.3 allows that), and it is a fault if none is left.
    public init(
        scope: String?, resource: String?, of client: OAuthClient?, services: [Service]
    ) throws(Fault) {
        let service = try Self.service(resource, services)
        self.resource = service?.name
        let texts = scope?.split(separator: " ").map(String.init) ?? []
        guard (scope?.utf8.count ?? 0) <= Self.limit, texts.count <= Scopes.limit else {
            throw Fault(code: "invalid_scope", sentence: "at most \(Scopes.limit) scopes are possible")
        }
        var found = texts.compactMap(Scope.init).filter { scope in
            switch scope {
            case .desk(let scope): scope.isForClients
            case .service(let name, _, let path):
                services.contains { service in
                    service.name == name && (path.map { service.fault(narrowingTo: $0) == nil } ?? true)
                }
            }
        }
        if texts.isEmpty { found = client?.scopes ?? [] }
        if let service {
            found = found.filter { $0.service == service.name || $0.isAtDesk }
            if !found.contains(where: { !$0.isAtDesk }) {
                guard !texts.contains(where: { $0.isScope(ofOneAmong: services) }) else {
                    throw Fault(
                        code: "invalid_scope", sentence: "no scope is one of the service that resource names")
                }
                // A program that names the service and no scope of this desk wants to use it.
                found.append(.service(service.name, nil))
            }
        }
        guard !found.isEmpty || texts.isEmpty else {
            throw Fault(
                code: "invalid_scope",
                sentence: "none of the scopes is known here: use NAME, NAME:read or NAME:write of a service")
        }
        var seen = Set<Scope>()
        scopes = found.filter { seen.insert($0).inserted }
    }

    /// The service whose address `resource` is, or is below; the longest fits best.
    private static func service(
        _ resource: String?, _ services: [Service]
    ) throws(Fault) -> Service? {
        guard let resource else { return nil }
        guard resource.utf8.count <= limit,
            let found = services.service(atResource: resource.withoutQuery)
        else {
            throw Fault(
                code: "invalid_target", sentence: "the resource is not the address of a service of this desk")
        }
        return found
    }
}

extension String {
    /// Whether it is meant as a scope of one of these, though it may be misspelt.
    fileprivate func isScope(ofOneAmong services: [Service]) -> Bool {
        let name = prefix { $0 != ":" }
        return services.contains { $0.name.text == name }
    }

    fileprivate var withoutQuery: String { String(prefix { $0 != "?" }) }
}
