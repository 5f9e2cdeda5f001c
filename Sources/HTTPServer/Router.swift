/// A piece of a path that a route takes as a value.
public protocol PathParameter: Sendable {
    /// The value that a percent-decoded segment spells, or `nil`, which is answered with 404.
    init?(pathSegment: String)
}

extension String: PathParameter {
    public init?(pathSegment: String) { self = pathSegment }
}

/// Finds the handler of a request by its path and method.
///
/// ```swift
/// var router = Router()
/// router.on("GET", "/tokens/{id}") { (request, id: TokenID) in … }
/// ```
///
/// A path that no route has is 404; a method that no route of the path has is 405 with `Allow`
/// (RFC 9110, section 15.5.6). HEAD is answered by GET's handler; the server drops the body.
public struct Router: Sendable {
    /// Answers a request that may wait: it runs off the threads that do the input and output.
    public typealias Handler = @Sendable (Request) async throws -> Response

    /// A pattern with its method, as it was registered.
    public struct Route: Hashable, Sendable {
        /// The method.
        public let method: String
        /// The pattern, with `{name}` in place of each parameter.
        public let pattern: String
    }

    private struct Entry: Sendable {
        let route: Route
        let segments: [Substring]
        let handler: @Sendable (Request, [String]) async throws -> Response?

        init(route: Route, handler: @escaping @Sendable (Request, [String]) async throws -> Response?) {
            self.route = route
            self.handler = handler
            segments = route.pattern.split(separator: "/", omittingEmptySubsequences: false)
        }

        /// The percent-decoded parameters where the path fits.
        func parameters(of path: [Substring]) -> [String]? {
            guard path.count == segments.count else { return nil }
            var values: [String] = []
            for (segment, given) in zip(segments, path) {
                if segment.first == "{" {
                    guard !given.isEmpty else { return nil }
                    values.append(percentDecoded(given))
                } else if segment != given {
                    return nil
                }
            }
            return values
        }
    }

    private var entries: [Entry] = []
    private let refuse: @Sendable (Request, Refusal) -> Response

    /// Why no handler was found.
    public enum Refusal: Hashable, Sendable {
        /// No route has this path: 404.
        case notFound
        /// The path's routes have only these methods: 405.
        case methodNotAllowed(allow: [String])
    }

    /// A router without routes. `refuse` words the answers where there is no handler; the status and
    /// `Allow` are set by the router.
    public init(refuse: @escaping @Sendable (Request, Refusal) -> Response = Router.plainRefusal) {
        self.refuse = refuse
    }

    /// One line of text.
    public static func plainRefusal(_ request: Request, _ refusal: Refusal) -> Response {
        switch refusal {
        case .notFound: Response(status: 404, .plain, "there is nothing at this address\n")
        case .methodNotAllowed(let allow):
            Response(status: 405, .plain, "this address takes only \(allow.joined(separator: ", "))\n")
        }
    }

    /// The routes in the order of registration.
    public var routes: [Route] { entries.map(\.route) }

    /// Adds a route. The pattern has as many `{name}` segments as the handler takes values.
    public mutating func on<each Value: PathParameter>(
        _ method: String, _ pattern: String,
        handler: @escaping @Sendable (Request, repeat each Value) async throws -> Response
    ) {
        entries.append(
            Entry(route: Route(method: method, pattern: pattern)) { request, values in
                var rest = values[...]
                func next<V: PathParameter>(_: V.Type) throws -> V {
                    guard let text = rest.popFirst(), let value = V(pathSegment: text) else {
                        throw NoSuchValue()
                    }
                    return value
                }
                let parsed: (repeat each Value)
                do {
                    parsed = (repeat try next((each Value).self))
                } catch is NoSuchValue {
                    return nil
                }
                return try await handler(request, repeat each parsed)
            })
    }

    /// Adds all routes of another router.
    public mutating func add(_ other: Router) {
        entries += other.entries
    }

    /// Answers `request` by its handler, or says why there is none.
    public func respond(to request: Request) async throws -> Response {
        let path = request.path.split(separator: "/", omittingEmptySubsequences: false)
        let fitting = entries.compactMap { entry in entry.parameters(of: path).map { (entry, $0) } }
        let method = request.method == "HEAD" ? "GET" : request.method
        for (entry, values) in fitting where entry.route.method == method {
            if let response = try await entry.handler(request, values) { return response }
        }
        if fitting.isEmpty || fitting.contains(where: { $0.0.route.method == method }) {
            return with(status: 404, refuse(request, .notFound))
        }
        let methods = Set(fitting.map(\.0.route.method))
        let allow = methods.union(methods.contains("GET") ? ["HEAD"] : []).sorted()
        var response = with(status: 405, refuse(request, .methodNotAllowed(allow: allow)))
        response.headers["Allow"] = allow.joined(separator: ", ")
        return response
    }

    private func with(status: Int, _ response: Response) -> Response {
        var response = response
        response.status = status
        return response
    }
}

/// A path segment that spells no value of the route's type.
private struct NoSuchValue: Error {}
