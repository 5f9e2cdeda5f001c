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
