/// The scopes of a token.
public enum Scopes: Hashable, Sendable {
    /// Every service, present and future, as a password would. Not the desk itself.
    case everyService
    /// Only these; never empty.
    case only(Set<Scope>)

    /// The most scopes one token has.
    public static let limit = 100

    /// The scopes; none of them means every service.
    public init(_ scopes: some Sequence<Scope>) {
        let set = Set(scopes)
        self = set.isEmpty ? .everyService : .only(set)
    }

    /// The scopes in order of their text; empty where every service is meant.
    public var list: [Scope] {
        switch self {
        case .everyService: []
        case .only(let scopes): scopes.sorted()
        }
    }

    /// The scopes in RFC 6749's form (section 3.3), separated by spaces; empty for every service.
    public var text: String { list.map(\.text).joined(separator: " ") }

    /// The number of services that they name, apart from the desk; `nil` where every service is meant.
    public var namedServices: Int? {
        guard case .only(let scopes) = self else { return nil }
        return Set(scopes.compactMap(\.service)).count
    }

    /// Whether they name a service, or mean every one.
    public func name(_ service: ServiceName) -> Bool {
        guard case .only(let scopes) = self else { return true }
        return scopes.contains { $0.service == service }
    }

    /// Reads ``text``; `nil` where a scope is malformed.
    public init?(text: String) {
        var scopes: [Scope] = []
        for part in text.split(separator: " ") {
            guard let scope = Scope(String(part)) else { return nil }
            scopes.append(scope)
        }
        self.init(scopes)
    }

    /// Whether they allow `request` at `service`. Allocates nothing.
    ///
    /// Where only narrowed scopes allow the access, the request needs a target, and every target has to be
    /// below one of their paths. What clients of the service's kind read first is allowed besides, see
    /// ``Service/Kind/firstReads``.
    func cover(_ service: Service, _ request: borrowing ServiceRequest) -> Bool {
        guard case .only(let scopes) = self else { return true }
        let access = request.access
        var isNarrowed = false
        for scope in scopes where scope.covers(service.name, access) {
            if scope.path == nil { return true }
            isNarrowed = true
        }
        guard isNarrowed, let base = service.base else { return false }
        let isFetch = request.isFetch
        return request.everyTarget { target in
            guard service.kind != .docker || mayMount(from: target, at: service.name) else { return false }
            let isBelow = Self.anyPath(of: scopes, at: service.name, access) { path in
                target.isBelow(path, of: base, takesPackageScopes: service.kind == .npm)
            }
            return isBelow || isFetch && service.isFirstRead(target)
        }
    }

    /// Whether one of the narrowed scopes that allow `access` at `service` has a path for which `isSuch`
    /// holds.
    private static func anyPath(
        of scopes: Set<Scope>, at service: ServiceName, _ access: Access, where isSuch: (ServicePath) -> Bool
    ) -> Bool {
        scopes.contains { scope in
            guard scope.covers(service, access), let path = scope.path else { return false }
            return isSuch(path)
        }
    }

    /// Whether a target's query mounts no blob from a repository that may not be read.
    private func mayMount(from target: Span<UInt8>, at service: ServiceName) -> Bool {
        guard case .only(let scopes) = self,
            !scopes.contains(where: { $0.path == nil && $0.covers(service, .read) })
        else { return true }
        return target.targetQuery.everyMountSource { name in
            Self.anyPath(of: scopes, at: service, .read) { name.isRepository(below: $0) }
        }
    }

    /// Whether they allow `access` at `service`, at least at some paths.
    public func reach(_ service: ServiceName, _ access: Access = .read) -> Bool {
        switch self {
        case .everyService: true
        case .only(let scopes): scopes.contains { $0.covers(service, access) }
        }
    }

    /// The paths to which `access` at `service` is limited, in order; empty where it is allowed everywhere or
    /// nowhere.
    public func paths(of service: ServiceName, _ access: Access = .read) -> [ServicePath] {
        let covering = list.filter { $0.covers(service, access) }
        let paths = covering.compactMap(\.path)
        return paths.count == covering.count ? paths : []
    }

    /// The scopes of services, without those of the desk itself; `nil` where none is left.
    public var withoutTheDesk: Scopes? {
        switch self {
        case .everyService: self
        case .only(let scopes):
            scopes.allSatisfy(\.isAtDesk) ? nil : .only(scopes.filter { !$0.isAtDesk })
        }
    }

    /// Whether they have one at the desk itself.
    public var isAtDesk: Bool {
        if case .only(let scopes) = self { scopes.contains(where: \.isAtDesk) } else { false }
    }

    /// Whether `scope` is among them, and alone where it has to be.
    public func allow(_ scope: DeskScope) -> Bool {
        guard case .only(let scopes) = self, scopes.contains(.desk(scope)) else { return false }
        return !scope.standsAlone || scopes.count == 1
    }
}
