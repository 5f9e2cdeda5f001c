/// The address of the form for a new token, filled in for what was refused:
///
///     https://tokens.example.com/tokens/new?service=git&access=write&path=/team/app.git
///
/// It stands at the end of a line that proxies pass on in a header, and that a terminal makes a link of. So it holds
/// no `%` and no blank, and nothing that the client sent but a path with these characters only.
public struct NewTokenLink: Hashable, Sendable {
    private let service: ServiceName?
    private let access: Access
    private let path: ServicePath?

    /// The most bytes of a link after the desk's origin. Longer ones are not read.
    public static let limit = 500
    /// The most services in one link.
    public static let serviceLimit = 20
    /// The parameters. The access and the path belong to the service before them.
    public enum Parameter: String, CaseIterable, Sendable {
        case name, service, access, path
    }

    /// A link to the form as it is, without a service.
    public init() {
        self.init(nil, .read, below: nil)
    }

    /// A link for `access` at a service. A path that would have to be encoded, or makes the link too long, is left
    /// out.
    public init(_ service: ServiceName?, _ access: Access, below path: ServicePath? = nil) {
        self.service = service
        self.access = access
        self.path = path.flatMap { $0.text.utf8.allSatisfy(\.isPlainInLinks) ? $0 : nil }
    }

    /// The address below that of My Tokens.
    public func address(at desk: String) -> String {
        let form = "\(desk)/new"
        guard let service else { return form }
        let link = "?service=\(service)&access=\(access.rawValue)"
        guard let path else { return form + link }
        let longer = "\(link)&path=\(path.text)"
        return form + (Self.reserve + longer.utf8.count <= Self.limit ? longer : link)
    }

    /// Room for `/tokens/new`.
    private static let reserve = 20
}

extension UInt8 {
    /// Whether it stands for itself in a query, in every terminal and in a header.
    fileprivate var isPlainInLinks: Bool { isUnreserved || isOneOf("/@:") }
}

extension Service {
    /// The beginning of the path of `request` that a scope can be narrowed to so that it covers the request:
    /// `/team/app.git` of `/team/app.git/info/refs`. `nil` where there is none, and where the targets do not agree.
    public func narrowestPath(of request: borrowing ServiceRequest) -> ServicePath? {
        guard let base, !paths.isEmpty else { return nil }
        let takesPackageScopes = kind == .npm
        var found: ServicePath?
        let agrees = request.everyTarget { target in
            if let found { return target.isBelow(found, of: base, takesPackageScopes: takesPackageScopes) }
            found = beginning(of: target, below: base)
            return found != nil
        }
        return agrees ? found : nil
    }

    private func beginning(of target: Span<UInt8>, below base: [UInt8]) -> ServicePath? {
        var bytes: [UInt8] = []
        let end = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
        let isPlain = target.extracting(0..<end).readPath(scopeStart: kind == .npm ? base.count : nil) {
            bytes.append($0)
        }
        guard isPlain, bytes.starts(with: base) else { return nil }
        let rest = Array(bytes.dropFirst(base.count))
        return paths.lazy.compactMap { $0.beginning(of: rest) }.first
    }
}
