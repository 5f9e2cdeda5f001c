internal import Tokens

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
        let limits: RouteLimits
        let query: QueryNames?
        let isUrgent: Bool
        let pattern: RoutePattern
        /// The answer; `nil` where a parameter spells no value.
        let handler: @Sendable (Request, [String]) async throws -> Response?
    }

    private var entries: [Entry] = []
    private var mostSegments = 0
    private let refuse: @Sendable (Request, Refusal) -> Response
    let usualQuery: QueryNames?

    /// A router without routes. `refuse` words the answers where there is no handler; the status and
    /// `Allow` are set by the router. `usualQuery` is what routes take that say nothing of their queries.
    public init(
        usualQuery: QueryNames? = nil,
        refuse: @escaping @Sendable (Request, Refusal) -> Response = Router.plainRefusal
    ) {
        self.usualQuery = usualQuery
        self.refuse = refuse
    }

    /// One line of text.
    public static func plainRefusal(_ request: Request, _ refusal: Refusal) -> Response {
        Response(status: refusal.status, .plain, "\(refusal.sentence)\n")
    }

    /// The routes in the order of registration.
    public var routes: [Route] { entries.map(\.route) }

    /// Adds a route. The pattern has as many `{name}` segments as the handler takes values. Requests that bring
    /// more than `limits`, or another query parameter than `query` names where it is given, are refused. One that
    /// is `urgent` is served on threads of its own, whatever else there is to do: so what it does for strangers
    /// must be little.
    public mutating func on<each Value: PathParameter>(
        _ method: String, _ pattern: String, limits: RouteLimits = .usual, query: QueryNames? = nil,
        urgent: Bool = false,
        handler: @escaping @Sendable (Request, repeat each Value) async throws -> Response
    ) {
        insert(
            Entry(
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

    private mutating func insert(_ entry: Entry) {
        entries.append(entry)
        mostSegments = max(mostSegments, entry.pattern.count)
    }

    /// Adds all routes of another router.
    public mutating func add(_ other: Router) {
        for entry in other.entries { insert(entry) }
    }

    /// What is known of a request by its first line; `nil` where no route answers it.
    func course(method: Span<UInt8>, path: Span<UInt8>) -> Course? {
        guard let path = PathSegments(path.copied, most: mostSegments) else { return nil }
        let method = method.isExactly("HEAD") ? "GET" : method.text
        return entries.first { $0.route.method == method && $0.pattern.fits(path) }
            .map { Course(limits: $0.limits, isUrgent: $0.isUrgent) }
    }

    /// How a request is received and served.
    struct Course: Hashable {
        let limits: RouteLimits
        let isUrgent: Bool
    }

    /// Answers `request` by its handler, or says why there is none.
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

/// A path segment that spells no value of the route's type.
private struct NoSuchValue: Error {}
