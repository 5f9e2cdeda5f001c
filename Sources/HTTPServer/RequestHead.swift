public import Tokens

/// A request's first lines, read where they lie in the connection's own buffer.
///
/// It is lent to a ``DirectHandler`` for the time of one call and cannot be kept.
public struct RequestHead: ~Copyable {
    enum Source {
        /// Held in memory, as tests do.
        case request(Request)
        /// In the connection's buffer.
        case wire(WireHead)
    }

    let source: Source

    /// A head that reads from a request in memory.
    public init(_ request: Request) {
        source = .request(request)
    }

    init(_ head: WireHead) {
        source = .wire(head)
    }

    /// Where the connection comes from; `nil` on the local admin socket.
    public var peer: IPAddress? {
        switch source {
        case .request(let request): request.peer
        case .wire(let head): head.peer
        }
    }

    /// The method as it was sent.
    public func withMethod<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        switch source {
        case .request(let request): body(Array(request.method.utf8).span)
        case .wire(let head): head.withMethod(body)
        }
    }

    /// The path and query as they were sent, percent-encoded.
    public func withTarget<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        switch source {
        case .request(let request): body(Array(request.target.utf8).span)
        case .wire(let head): head.withTarget(body)
        }
    }

    /// Hands over each header field, in order.
    public func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Void) {
        switch source {
        case .request(let request):
            for field in request.headers.fields {
                body(Array(field.name.utf8).span, Array(field.value.utf8).span)
            }
        case .wire(let head): head.forEachHeader(body)
        }
    }
}

/// Answers requests at once, on the thread that read them. It must not wait for anything:
/// no disk, no network, no lock that is held long.
public protocol DirectHandler: Sendable {
    /// The answer, or `nil` where the request is not this handler's; the router is asked then.
    func answer(_ head: borrowing RequestHead) -> Response?
}

/// Answers requests that no ``DirectHandler`` answered, with whatever method and path, off the threads
/// that do the input and output. It may wait.
public protocol DeferredHandler: Sendable {
    /// The answer, or `nil` where the request is not this handler's; the router is asked then.
    func respond(to request: Request) async throws -> Response?
}
