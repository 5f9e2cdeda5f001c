internal import Tokens

/// Finds the handler of a request by its path and method.
///
/// ```swift
/// var router = Router()
/// router.on("GET", "/tokens/{id}") { (request, id: TokenID) in … }
/// ```
///
/// An unknown path is 404; a method that the path's routes do not have is 405 with `Allow` (RFC 9110, section 15.5.6).
/// HEAD is answered by GET's handler; the server drops the body.
public struct Router: Sendable {
    /// Answers a request outside the server's threads; may wait.
    public typealias Handler = @Sendable (Request) async throws -> Response

    /// A registered method and pattern.
    public struct Route: Hashable, Sendable {
        public let method: String
        /// The pattern, with `{name}` in place of each parameter.
        public let pattern: String

        /// The ``method`` of what a handler answers with any.
        public static let anyMethod = "*"

        public init(method: String, pattern: String) {
            self.method = method
            self.pattern = pattern
        }
    }

    private struct RegisteredRoute: Sendable {
        let route: Route
        let limits: RouteLimits
        let query: QueryNames?
        let isUrgent: Bool
        let pattern: RoutePattern
        /// The response; `nil` if a parameter has no valid value.
        let handler: @Sendable (Request, [String]) async throws -> Response?
    }

    private var entries: [RegisteredRoute] = []
    private var mostSegments = 0
    private let refuse: @Sendable (Request, Refusal) -> Response
    let usualQuery: QueryNames?

    /// A router without routes.
    ///
    /// - Parameters:
    ///   - usualQuery: the query parameters of routes that do not name their own.
    ///   - refuse: writes the body of refusals; the router sets the status and `Allow`.
    public init(
        usualQuery: QueryNames? = nil,
        refuse: @escaping @Sendable (Request, Refusal) -> Response = Router.plainRefusal
    ) {
        self.usualQuery = usualQuery
        self.refuse = refuse
    }

    /// A refusal as one line of text.
    public static func plainRefusal(_ request: Request, _ refusal: Refusal) -> Response {
        Response(status: refusal.status, .plain, "\(refusal.sentence)\n")
    }

    /// The routes, in order of registration.
    public var routes: [Route] { entries.map(\.route) }

    /// The query parameters that each route takes, sorted; `nil` for any.
    var queries: [(route: Route, names: [String]?)] { entries.map { ($0.route, $0.query?.names) } }

    /// Adds a route. The pattern has one `{name}` segment for each value of the handler.
    ///
    /// - Parameters:
    ///   - limits: refuses larger requests.
    ///   - query: refuses other query parameters; `nil` allows any.
    ///   - urgent: serves the route on its own threads, whatever the load, so it must do little for strangers.
    public mutating func on<each Value: PathParameter>(
        _ method: String, _ pattern: String, limits: RouteLimits = .usual, query: QueryNames? = nil,
        urgent: Bool = false,
        handler: @escaping @Sendable (Request, repeat each Value) async throws -> Response
    ) {
        insert(
            RegisteredRoute(
                route: Route(method: method, pattern: pattern), limits: limits, query: query ?? usualQuery,
                isUrgent: urgent, pattern: RoutePattern(pattern)
            ) { request, values in
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

    private mutating func insert(_ entry: RegisteredRoute) {
        entries.append(entry)
        mostSegments = max(mostSegments, entry.pattern.count)
    }

    /// Adds the routes of another router.
    public mutating func add(_ other: Router) {
        for entry in other.entries { insert(entry) }
    }

    /// The properties of the route for a request line; `nil` if there is none.
    func course(method: Span<UInt8>, path: Span<UInt8>) -> Course? {
        guard let path = PathSegments(path.copied, most: mostSegments) else { return nil }
        let method = method.isExactly("HEAD") ? "GET" : method.text
        return entries.first { $0.route.method == method && $0.pattern.fits(path) }
            .map { Course(limits: $0.limits, isUrgent: $0.isUrgent) }
    }

    /// How a route's requests are received and served.
    struct Course: Hashable {
        let limits: RouteLimits
        let isUrgent: Bool
    }

    /// The response of the route's handler, or a refusal.
    public func respond(to request: Request) async throws -> Response {
        let path = PathSegments(Array(request.path.utf8), most: mostSegments)
        let fitting = path.map { path in entries.filter { $0.pattern.fits(path) } } ?? []
        let method = request.method == "HEAD" ? "GET" : request.method
        for entry in fitting where entry.route.method == method {
            if let refusal = entry.limits.refusal(of: request) { return refused(request, refusal) }
            if let refusal = entry.query?.refusal(of: request) { return refused(request, refusal) }
            guard let path else { break }
            if let response = try await entry.handler(request, entry.pattern.parameters(of: path)) {
                return response
            }
        }
        if fitting.isEmpty || fitting.contains(where: { $0.route.method == method }) {
            return refused(request, .notFound)
        }
        let methods = Set(fitting.map(\.route.method))
        let allow = methods.union(methods.contains("GET") ? ["HEAD"] : []).sorted()
        var response = refused(request, .methodNotAllowed(allow: allow))
        response.headers["Allow"] = allow.joined(separator: ", ")
        return response
    }

    private func refused(_ request: Request, _ refusal: Refusal) -> Response {
        var response = refuse(request, refusal)
        response.status = refusal.status
        return response
    }
}

/// Thrown for a path segment that is not a value of the route's type.
private struct NoSuchValue: Error {}
