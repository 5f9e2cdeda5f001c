import Dispatch
import Glibc
import Synchronization
public import Tokens

/// An HTTP/1.1 server (RFC 9112) on libmicrohttpd: a pool of threads that read and write, and Swift
/// concurrency for what may wait.
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
/// A server that was started lives until ``stop(within:)``.
public final class Server: Sendable {
    /// Where a server listens.
    public enum Listen: Hashable, Sendable {
        /// On that address; port 0 takes any that is free. `::` takes IPv4 as well.
        case tcp(IPAddress, port: UInt16)
        /// On a socket file that only its owner may use (mode 0600). One that a server left behind is
        /// replaced; it is removed at the stop.
        case unix(path: String)
    }

    private enum Phase {
        case new
        case running(ListeningSocket, Daemon.Handle, DeadlineTimer)
        case stopped
    }

    private let listen: Listen
    private let daemon: Daemon
    private let phase = Mutex(Phase.new)

    /// A server that does not listen yet; with an identity it speaks TLS 1.2 and 1.3 alone (RFC 9325).
    /// What it is asked it counts in `figures`, which are no other server's.
    public init(
        _ listen: Listen, application: Application, limits: Limits = Limits(), identity: TLSIdentity? = nil,
        log: RequestLog? = nil, figures: RequestFigures? = nil
    ) {
        self.listen = listen
        daemon = Daemon(
            application: application, limits: limits, identity: identity, log: log, figures: figures)
    }

    /// Shows another identity to who connects from now on. Connections that there are go on with theirs.
    /// Does nothing on a server that speaks plain HTTP.
    public func present(_ identity: TLSIdentity) {
        daemon.tls?.identity = identity
    }

    /// Begins to listen and to answer. Returns the port, `nil` on a unix socket.
    ///
    /// A client that goes away must not end the process, so this has SIGPIPE ignored; and it raises the
    /// process's limit of open files to what the connections need, where the system allows.
    @discardableResult
    public func start() throws(ServerError) -> UInt16? {
        try phase.withLock { (phase) throws(ServerError) in
            guard case .new = phase else { throw .alreadyStarted }
            signal(SIGPIPE, SIG_IGN)
            Self.allowOpenFiles(daemon.limits.connections + 64)
            let socket = try ListeningSocket(listen)
            guard let handle = daemon.start(on: socket) else {
                socket.unlinkPath()
                throw .cannotListen("\(listen)", reason: "the system has no thread or memory left")
            }
            phase = .running(socket, handle, DeadlineTimer(cuttingOff: daemon))
            return socket.port
        }
    }

    /// From now on each answer closes its connection, and says so (RFC 9112, section 9.6): kept connections go
    /// away one by one, each behind an answer. All else goes on, new connections included.
    public func drain() {
        daemon.isDraining.store(true, ordering: .relaxed)
    }

    /// Stops: closes new connections at once, lets requests that arrived finish within that time,
    /// answers the rest with 503, closes all connections and writes the log out.
    /// Returns when no thread of the server is left. Does nothing on a server that does not run.
    public func stop(within time: TimeSpan = .seconds(10)) async {
        let running = phase.withLock { phase -> (ListeningSocket, Daemon.Handle, DeadlineTimer)? in
            guard case .running(let socket, let handle, let timer) = phase else { return nil }
            phase = .stopped
            return (socket, handle, timer)
        }
        guard let (socket, handle, timer) = running else { return }
        socket.unlinkPath()
        drain()
        daemon.isStopping.store(true, ordering: .relaxed)
        await untilEmpty(within: time)

        // From here on no handler begins; those that run are given up.
        daemon.isClosed.store(true, ordering: .sequentiallyConsistent)
        let stopping = Outcome(response: Refusal.stopping.response)
        for connection in daemon.connections.all { connection.resume(with: stopping) }
        await untilEmpty(within: TimeSpan(milliseconds: 500))
        timer.cancel()
        await withCheckedContinuation { continuation in
            // It waits for threads, which a thread of Swift's concurrency must not.
            DispatchQueue.global().async { [daemon] in
                handle.stop(daemon)
                continuation.resume()
            }
        }
        daemon.log?.flush()
    }

    /// Looks again and again: only a stop pays for knowing, and no request does. On a thread of its own, so
    /// that it waits neither for others' tasks nor longer when its own is cancelled.
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
