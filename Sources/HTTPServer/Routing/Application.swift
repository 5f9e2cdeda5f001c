import Synchronization

/// What answers: the handlers that answer at once, then those that may wait, then the routes.
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

    /// What runs around the work for an urgent request.
    public typealias Around = @Sendable (_ work: @Sendable () async -> Void) async -> Void

    /// An application that asks each of `direct` in order, then each of `deferred`, and then `router`, all of
    /// whose routes are urgent where it is `urgent`. Those that are work within `urgently`.
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

    /// What may come behind that request line; `nil` where nobody reads a body.
    func limits(_ head: borrowing RequestHead) -> RouteLimits? {
        router.course(method: head.method, path: head.path)?.limits
    }

    /// Whether it is served apart from others.
    func isUrgent(_ head: borrowing RequestHead) -> Bool {
        isUrgent || router.course(method: head.method, path: head.path)?.isUrgent ?? false
    }

    /// Answers as the live server does, without a socket. An error that a handler throws is a 500
    /// that says nothing of it.
    public func respond(to request: Request) async -> Response {
        if let prepared = answer(RequestHead(request)) { return prepared.response }
        return await outcome(of: request).response
    }

    /// The answer of the first direct handler that has one.
    func answer(_ head: borrowing RequestHead) -> PreparedResponse? {
        for handler in direct {
            if let prepared = handler.answer(head) { return prepared }
        }
        return nil
    }

    /// Adds what the direct handlers say of a request to its line in the log.
    func describe(_ head: borrowing RequestHead, in fields: inout LogFields) {
        for handler in direct { handler.describe(head, in: &fields) }
    }

    /// The answer of what may wait, where the request is urgent.
    func urgentOutcome(of request: Request) async -> Outcome {
        let outcome = Mutex<Outcome?>(nil)
        await urgently {
            let found = await self.outcome(of: request)
            outcome.withLock { $0 = found }
        }
        return outcome.withLock(\.self) ?? Outcome(response: Self.failure(readsJSON: false))
    }

    /// The answer of what may wait.
    func outcome(of request: Request) async -> Outcome {
        do {
            for handler in deferred {
                if let response = try await handler.respond(to: request) {
                    return Outcome(response: response, isHandled: true)
                }
            }
            return Outcome(response: try await router.respond(to: request))
        } catch let failure as Failure {
            return Outcome(response: failure.response, error: failure.reason)
        } catch {
            // Errors hold no secrets by design: what they say may be logged, and is for no one else.
            return Outcome(
                response: Self.failure(readsJSON: request.headers["accept"]?.contains("json") ?? false),
                error: "\(type(of: error)): \(error)")
        }
    }

    private static func failure(readsJSON: Bool) -> Response {
        readsJSON
            ? Response(status: 500, .problem, #"{"title":"Internal Server Error","status":500}"#)
            : Response(status: 500, .plain, "something went wrong here; the server's log says what\n")
    }
}

/// Thrown by a handler that answers for a failure in its own words, and has more to say in the log.
public struct Failure: Error {
    let response: Response
    let reason: String

    /// An answer, and what the log tells of its reason. The reason must hold no secret.
    public init(_ response: Response, reason: String) {
        self.response = response
        self.reason = reason
    }
}

/// An answer, with the error that led to it for the log.
struct Outcome: Sendable {
    let prepared: PreparedResponse
    let error: String?
    /// Whether a handler gave it, and no route.
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

    /// What is logged in its place where it was not sent.
    func failing(_ error: String) -> Outcome {
        Outcome(response: Response(status: 500), error: error, isHandled: isHandled)
    }
}

/// Answers requests at once, on the thread that read them. It must not wait for anything:
/// no disk, no network, no lock that is held long.
public protocol DirectHandler: Sendable {
    /// The answer, or `nil` where the request is not this handler's; the router is asked then.
    func answer(_ head: borrowing RequestHead) -> PreparedResponse?

    /// Adds to the log's line for a request of this handler's what it asks about. Called only where a line is
    /// written, also for a request that was refused before any handler saw it.
    func describe(_ head: borrowing RequestHead, in fields: inout LogFields)
}

extension DirectHandler {
    public func describe(_ head: borrowing RequestHead, in fields: inout LogFields) {}
}

/// Answers requests that no ``DirectHandler`` answered, with whatever method and path, off the threads
/// that do the input and output. It may wait.
public protocol DeferredHandler: Sendable {
    /// The answer, or `nil` where the request is not this handler's; the router is asked then.
    func respond(to request: Request) async throws -> Response?
}
