import Synchronization

/// Answers requests: asks the direct handlers, then the deferred ones, then the routes.
///
/// ```swift
/// let application = Application(router: desk.router, direct: [gate])
/// let response = await application.respond(to: Request("GET", "/tokens"))
/// ```
public struct Application: Sendable {
    private let router: Router
    private let direct: [any DirectHandler]
    private let deferred: [any DeferredHandler]
    private let isUrgent: Bool
    private let urgently: Around

    /// Runs the work for an urgent request, for example with a task-local value.
    public typealias Around = @Sendable (_ work: @Sendable () async -> Void) async -> Void

    /// - Parameters:
    ///   - urgent: whether all routes are urgent.
    ///   - urgently: runs the work of urgent routes.
    public init(
        router: Router, direct: [any DirectHandler] = [], deferred: [any DeferredHandler] = [],
        urgent: Bool = false, urgently: @escaping Around = { await $0() }
    ) {
        self.router = router
        self.direct = direct
        self.deferred = deferred
        isUrgent = urgent
        self.urgently = urgently
    }

    /// All that it answers: what its handlers say of themselves, then the router's routes. Two applications with equal
    /// lists can still differ in what they answer.
    public var routes: [Router.Route] {
        var handled: [Router.Route] = []
        for route in direct.flatMap(\.routes) + deferred.flatMap(\.routes) where !handled.contains(route) {
            handled.append(route)
        }
        return handled + router.routes
    }

    /// The limits of the route; `nil` if there is none, and the body is not read.
    func limits(_ head: borrowing RequestHead) -> RouteLimits? {
        router.course(method: head.method, path: head.path)?.limits
    }

    /// Whether the route is urgent.
    func isUrgent(_ head: borrowing RequestHead) -> Bool {
        isUrgent || router.course(method: head.method, path: head.path)?.isUrgent ?? false
    }

    /// Answers as a server does, without a socket. An error that a handler throws becomes a 500 without details.
    public func respond(to request: Request) async -> Response {
        if let prepared = answer(RequestHead(request)) { return prepared.response }
        return await outcome(of: request).response
    }

    /// The response of the first direct handler that has one.
    func answer(_ head: borrowing RequestHead) -> PreparedResponse? {
        for handler in direct {
            if let prepared = handler.answer(head) { return prepared }
        }
        return nil
    }

    /// Lets the direct handlers add to a request's log line.
    func describe(_ head: borrowing RequestHead, in fields: inout LogFields) {
        for handler in direct { handler.describe(head, in: &fields) }
    }

    /// As ``outcome(of:)``, for an urgent route.
    func urgentOutcome(of request: Request) async -> ServedResponse {
        let outcome = Mutex<ServedResponse?>(nil)
        await urgently {
            let found = await self.outcome(of: request)
            outcome.withLock { $0 = found }
        }
        return outcome.withLock(\.self) ?? ServedResponse(response: Self.failure(readsJSON: false))
    }

    /// The response of the deferred handlers or the router.
    func outcome(of request: Request) async -> ServedResponse {
        do {
            for handler in deferred {
                if let response = try await handler.respond(to: request) {
                    return ServedResponse(response: response, isHandled: true)
                }
            }
            return ServedResponse(response: try await router.respond(to: request))
        } catch let failure as Failure {
            return ServedResponse(response: failure.response, error: failure.reason)
        } catch {
            // Errors hold no secrets by design, so they can be logged; the client gets no details.
            return ServedResponse(
                response: Self.failure(readsJSON: request.headers["accept"]?.contains("json") ?? false),
                error: "\(type(of: error)): \(error)")
        }
    }

    private static func failure(readsJSON: Bool) -> Response {
        readsJSON
            ? Response(status: 500, .problem, #"{"title":"Internal Server Error","status":500}"#)
            : Response(status: 500, .plain, "something went wrong; the server's log says what\n")
    }
}

/// Thrown by a handler to send a response of its own for a failure and log the reason.
public struct Failure: Error {
    let response: Response
    let reason: String

    /// The reason goes to the log and must not hold a secret.
    public init(_ response: Response, reason: String) {
        self.response = response
        self.reason = reason
    }
}

/// A response, with the error behind it for the log.
struct ServedResponse: Sendable {
    let prepared: PreparedResponse
    let error: String?
    /// Whether a handler answered, and not a route.
    let isHandled: Bool

    init(_ prepared: PreparedResponse, error: String? = nil, isHandled: Bool = false) {
        self.prepared = prepared
        self.error = error
        self.isHandled = isHandled
    }

    init(response: Response, error: String? = nil, isHandled: Bool = false) {
        self.init(PreparedResponse(response), error: error, isHandled: isHandled)
    }

    var response: Response { prepared.response }

    /// The outcome to log if the response was not sent.
    func failing(_ error: String) -> ServedResponse {
        ServedResponse(response: Response(status: 500), error: error, isHandled: isHandled)
    }
}

/// Answers requests at once, on the thread that read them. It must not wait: no disk, no network, no lock that is held
/// for long.
public protocol DirectHandler: Sendable {
    /// What it answers, for ``Application/routes``; ``Router/Route/anyMethod`` stands for every method.
    var routes: [Router.Route] { get }

    /// The response, or `nil` to pass the request on.
    func answer(_ head: borrowing RequestHead) -> PreparedResponse?

    /// Adds fields to the log line of a request, if it is for this handler. Called only when a line is written, also for
    /// requests that were refused before any handler saw them.
    func describe(_ head: borrowing RequestHead, in fields: inout LogFields)
}

extension DirectHandler {
    public func describe(_ head: borrowing RequestHead, in fields: inout LogFields) {}
}

/// Answers requests that no ``DirectHandler`` answered, with any method and path, outside the server's threads. It may
/// wait.
public protocol DeferredHandler: Sendable {
    /// What it answers, as ``DirectHandler/routes``.
    var routes: [Router.Route] { get }

    /// The response, or `nil` to pass the request on.
    func respond(to request: Request) async throws -> Response?
}
