/// Routes under one path, with one place where errors become responses.
///
/// ```swift
/// router.group("/api/v1", errors: { error, _ in try Problem(error).response }) { api in
///     api.on("GET", "/tokens/{id}") { (request, id: TokenID) in … }
/// }
/// ```
public struct RouteGroup {
    /// Turns an error into a response. Throws a ``Failure`` to log the reason, and the error itself if the group does not
    /// know it, which becomes a 500.
    public typealias ErrorHandler = @Sendable (any Error, Request) async throws -> Response

    public let prefix: String
    fileprivate var router: Router
    private let limits: RouteLimits
    private let query: QueryNames?
    private let errors: ErrorHandler

    fileprivate init(
        _ prefix: String, limits: RouteLimits, query: QueryNames?, errors: @escaping ErrorHandler
    ) {
        self.prefix = prefix
        self.limits = limits
        self.query = query
        self.errors = errors
        router = Router()
    }

    /// Adds a route, as ``Router/on(_:_:limits:query:urgent:handler:)`` does. `limits` and `query` default to the
    /// group's.
    public mutating func on<each Value: PathParameter>(
        _ method: String, _ path: String, limits: RouteLimits? = nil, query: QueryNames? = nil,
        urgent: Bool = false,
        handler: @escaping @Sendable (Request, repeat each Value) async throws -> Response
    ) {
        let errors = errors
        router.on(
            method, prefix + path, limits: limits ?? self.limits, query: query ?? self.query, urgent: urgent
        ) { (request: Request, values: repeat each Value) in
            do {
                return try await handler(request, repeat each values)
            } catch let failure as Failure {
                throw failure
            } catch {
                return try await errors(error, request)
            }
        }
    }
}

extension Router {
    /// Adds a group of routes: see ``RouteGroup``.
    ///
    /// - Parameters:
    ///   - prefix: the path before that of each route.
    ///   - limits: the default for the routes.
    ///   - query: the default for the routes.
    ///   - errors: answers when a handler throws anything but a ``Failure``.
    public mutating func group(
        _ prefix: String = "", limits: RouteLimits = .usual, query: QueryNames? = nil,
        errors: @escaping RouteGroup.ErrorHandler, _ add: (inout RouteGroup) -> Void
    ) {
        var group = RouteGroup(prefix, limits: limits, query: query ?? usualQuery, errors: errors)
        add(&group)
        self.add(group.router)
    }
}
