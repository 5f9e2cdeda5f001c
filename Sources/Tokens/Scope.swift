/// What a token may do at one service: `SERVICE`, `SERVICE:read` or `SERVICE:write`;
/// or at the desk itself: `jeton:manage`.
///
/// As at GitHub and GitLab, `write` includes `read`: a deploy reads metadata, a push fetches refs.
/// `SERVICE` alone is everything that the service knows, today reading and writing.
public enum Scope: Hashable, Sendable {
    /// All that the service knows, or at most that access.
    case service(ServiceName, Access?)
    /// Managing the owner's tokens through the API. Only a signed-in person can grant it.
    case manage

    /// Reads the text form; `nil` for anything else.
    public init?(_ text: String) {
        if text == "\(ServiceName.desk):manage" {
            self = .manage
            return
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = try? ServiceName(String(parts[0])) else { return nil }
        if parts.count == 1 {
            self = .service(name, nil)
        } else {
            guard let access = Access(rawValue: String(parts[1])) else { return nil }
            self = .service(name, access)
        }
    }

    /// The text form.
    public var text: String {
        switch self {
        case .manage: "\(ServiceName.desk):manage"
        case .service(let name, let access?): "\(name):\(access.rawValue)"
        case .service(let name, nil): name.text
        }
    }

    func covers(_ service: ServiceName, _ access: Access) -> Bool {
        switch self {
        case .manage: false
        case .service(let name, let limit): name == service && (limit != .read || access == .read)
        }
    }
}

extension Scope: CustomStringConvertible, Comparable {
    public var description: String { text }

    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// All that a token may do.
public enum Scopes: Hashable, Sendable {
    /// Every service there is and will be, as a password would. Not the desk itself.
    case everyService
    /// Only these; never empty.
    case only(Set<Scope>)

    /// The most scopes one token has.
    public static let limit = 100

    /// Those scopes; none of them means every service.
    public init(_ scopes: some Sequence<Scope>) {
        let set = Set(scopes)
        self = set.isEmpty ? .everyService : .only(set)
    }

    /// The scopes by text; empty where every service is meant.
    public var list: [Scope] {
        switch self {
        case .everyService: []
        case .only(let scopes): scopes.sorted()
        }
    }

    /// The scopes in RFC 6749's form (section 3.3), separated by spaces; empty for every service.
    public var text: String { list.map(\.text).joined(separator: " ") }

    /// Reads what ``text`` wrote; `nil` where a scope is unknown in form.
    public init?(text: String) {
        var scopes: [Scope] = []
        for part in text.split(separator: " ") {
            guard let scope = Scope(String(part)) else { return nil }
            scopes.append(scope)
        }
        self.init(scopes)
    }

    /// Whether a request that does `access` to `service` is within them.
    public func cover(_ service: ServiceName, _ access: Access) -> Bool {
        switch self {
        case .everyService: true
        case .only(let scopes): scopes.contains { $0.covers(service, access) }
        }
    }

    /// What of them is about services, and not about the desk itself; `nil` where nothing is.
    public var withoutTheDesk: Scopes? {
        switch self {
        case .everyService: self
        case .only(let scopes):
            scopes == [.manage] ? nil : .only(scopes.subtracting([.manage]))
        }
    }

    /// Whether the owner's tokens may be managed with it.
    public var canManage: Bool {
        switch self {
        case .everyService: false
        case .only(let scopes): scopes.contains(.manage)
        }
    }
}
