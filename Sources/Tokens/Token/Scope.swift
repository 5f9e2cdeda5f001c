/// What a token may do at one service: `SERVICE`, `SERVICE:read` or `SERVICE:write`, each also narrowed to a
/// path, as in `git:write:/team/app.git` or `git:/team/app.git`; or at the desk itself, see ``DeskScope``.
///
/// As at GitHub and GitLab, `write` includes `read`: a deploy reads metadata, a push fetches refs. `SERVICE`
/// alone allows everything that the service knows, today reading and writing.
public enum Scope: Hashable, Sendable {
    /// A service, limited to an access and to what is below a path where these are given.
    case service(ServiceName, Access?, below: ServicePath? = nil)
    case desk(DeskScope)

    /// The most characters: a service's name, an access and a path, with colons between.
    private static let longest = ServiceName.limit + ServicePath.limit + 10

    /// Reads the text form; `nil` for anything else.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.longest else { return nil }
        if let scope = DeskScope(text: text) {
            self = .desk(scope)
            return
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = try? ServiceName(String(parts[0])) else { return nil }
        guard var limits = parts.dropFirst().first else {
            self = .service(name, nil)
            return
        }
        var access: Access?
        if !limits.hasPrefix("/") {
            let end = limits.firstIndex(of: ":") ?? limits.endIndex
            access = Access(rawValue: String(limits[..<end]))
            guard access != nil else { return nil }
            guard end < limits.endIndex else {
                self = .service(name, access)
                return
            }
            limits = limits[limits.index(after: end)...]
        }
        guard let path = ServicePath(limits) else { return nil }
        self = .service(name, access, below: path)
    }

    /// The text form, in the characters that RFC 6749 allows in one (section 3.3).
    public var text: String {
        switch self {
        case .desk(let scope): scope.text
        case .service(let name, let access, let path):
            [name.text, access?.rawValue, path?.text].compactMap(\.self).joined(separator: ":")
        }
    }

    /// Whether it allows `access` at the service, apart from its path.
    func covers(_ service: ServiceName, _ access: Access) -> Bool {
        switch self {
        case .desk: false
        case .service(let name, let limit, _): name == service && (limit != .read || access == .read)
        }
    }

    /// Whether it is a scope of the desk itself, not of a service.
    public var isAtDesk: Bool { if case .desk = self { true } else { false } }

    /// The service that it is for, if it is for one.
    public var service: ServiceName? {
        if case .service(let name, _, _) = self { name } else { nil }
    }

    /// The path that it is narrowed to, if any.
    var path: ServicePath? {
        if case .service(_, _, let path) = self { path } else { nil }
    }
}

extension Scope: CustomStringConvertible, Comparable {
    public var description: String { text }

    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
