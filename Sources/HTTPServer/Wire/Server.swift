import Dispatch
import Glibc
import Synchronization
public import Tokens

/// An HTTP/1.1 server (RFC 9112) on libmicrohttpd: a pool of threads reads and writes, and handlers that may wait run in
/// Swift concurrency.
///
/// ```swift
/// let server = Server(.tcp(.loopback, port: 8080), application: application, log: RequestLog(clock: clock))
/// try server.start()
/// …
/// server.drain()
/// …
/// await server.stop()
/// ```
///
/// A started server must be stopped with ``stop(within:)``.
public final class Server: Sendable {
    public enum Listen: Hashable, Sendable {
        /// Port 0 takes any free port. `::` takes IPv4 as well.
        case tcp(IPAddress, port: UInt16)
        /// A socket file with mode 0600. A stale file is replaced; the file is removed at the stop.
        case unix(path: String)
    }

    private enum Lifecycle {
        case new
        case running(ListeningSocket, Daemon.Handle, DeadlineTimer)
        case stopped
    }

    private let listen: Listen
    private let daemon: Daemon
    private let lifecycle = Mutex(Lifecycle.new)

    /// A server that does not listen yet. With an identity it speaks only TLS 1.2 and 1.3 (RFC 9325). `figures` must not
    /// be shared between servers.
    public init(
        _ listen: Listen, application: Application, limits: Limits = Limits(), identity: TLSIdentity? = nil,
        log: RequestLog? = nil, figures: RequestFigures? = nil
    ) {
        self.listen = listen
        daemon = Daemon(
            application: application, limits: limits, identity: identity, log: log, figures: figures)
    }

    /// Uses another certificate for new connections. Does nothing on a server without TLS.
    public func present(_ identity: TLSIdentity) {
        daemon.tls?.identity = identity
    }

    /// Starts listening. Returns the port, `nil` on a unix socket.
    ///
    /// Ignores SIGPIPE for the whole process, and raises its limit of open files as far as the system allows.
    @discardableResult
    public func start() throws(ServerError) -> UInt16? {
        try lifecycle.withLock { (lifecycle) throws(ServerError) in
            guard case .new = lifecycle else { throw .alreadyStarted }
            signal(SIGPIPE, SIG_IGN)
            Self.allowOpenFiles(daemon.limits.connections + LingeringClose.most + 64)
            let socket = try ListeningSocket(listen)
            guard let handle = daemon.start(on: socket) else {
                socket.unlinkPath()
                throw .cannotListen("\(listen)", reason: "the system has no thread or memory left")
            }
            lifecycle = .running(socket, handle, DeadlineTimer(cuttingOff: daemon))
            return socket.port
        }
    }

    /// Closes each connection after its next response, with `Connection: close` (RFC 9112, section 9.6), so that
    /// persistent connections move to other nodes. New connections are still accepted.
    public func drain() {
        daemon.isDraining.store(true, ordering: .relaxed)
    }

    /// Stops: refuses new connections at once, lets running requests finish within `time`, answers the rest with 503,
    /// closes all connections and flushes the log. Returns when the server has no threads left. Does nothing on a server
    /// that is not running.
    public func stop(within time: TimeSpan = .seconds(10)) async {
        let running = lifecycle.withLock { lifecycle -> (ListeningSocket, Daemon.Handle, DeadlineTimer)? in
            guard case .running(let socket, let handle, let timer) = lifecycle else { return nil }
            lifecycle = .stopped
            return (socket, handle, timer)
        }
        guard let (socket, handle, timer) = running else { return }
        socket.unlinkPath()
        drain()
        daemon.isStopping.store(true, ordering: .relaxed)
        await untilEmpty(within: time)

        // From here on no handler starts, and running ones are abandoned.
        daemon.isClosed.store(true, ordering: .sequentiallyConsistent)
        let stopping = ServedResponse(response: ServerRefusal.stopping.response)
        for connection in daemon.connections.all { connection.resume(with: stopping) }
        await untilEmpty(within: TimeSpan(milliseconds: 500))
        timer.cancel()
        await withCheckedContinuation { continuation in
            // Joins threads, which must not block Swift's cooperative pool.
            DispatchQueue.global().async { [daemon] in
                handle.stop(daemon)
                continuation.resume()
            }
        }
        daemon.log?.flush()
    }

    /// Polls: only `stop` pays for it; counting would cost every request. Runs on its own queue, so neither busy tasks nor
    /// cancellation affect it.
    private func untilEmpty(within time: TimeSpan) async {
        let end = MonotonicTime.now + time.milliseconds * 1_000_000
        let connections = daemon.connections
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "jeton.http.stop").async {
                while !connections.endIdle(), MonotonicTime.now < end { usleep(2000) }
                continuation.resume()
            }
        }
    }

    private static func allowOpenFiles(_ count: Int) {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < rlim_t(count) else { return }
        limit.rlim_cur = min(rlim_t(count), limit.rlim_max)
        setrlimit(resource, &limit)
    }
}
