import CMicroHTTPD
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
        /// A socket file with mode 0600: whoever connects is the operator. A stale file is replaced; the file is removed at
        /// the stop.
        case operatorSocket(path: String)
        /// A socket file for proxies on this machine, each of which is a ``Peer/localProxy``.
        case proxySocket(path: String, LocalServer.SocketPermissions)
        /// A socket of the service manager's, which stays open. At a path, it is for proxies.
        case inherited(InheritedSocket)
    }

    private enum Lifecycle {
        case new
        case running(ListeningSocket, Daemon.Handle, DeadlineTimer, Acceptor?)
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
            listen, application: application, limits: limits, identity: identity, log: log, figures: figures)
    }

    /// Uses another certificate for new connections. Does nothing on a server without TLS.
    public func present(_ identity: TLSIdentity) {
        daemon.tls?.identity = identity
    }

    /// Starts listening. Returns the port, `nil` on a unix socket.
    ///
    /// With `waiting`, connections at a proxies' or an inherited socket wait until ``accept()``, so that they outlast a
    /// restart; on other sockets it has no effect.
    ///
    /// Ignores SIGPIPE for the whole process, and raises its limit of open files as far as the system allows.
    @discardableResult
    public func start(waiting: Bool = false) throws(ServerError) -> UInt16? {
        try lifecycle.withLock { (lifecycle) throws(ServerError) in
            guard case .new = lifecycle else { throw .alreadyStarted }
            signal(SIGPIPE, SIG_IGN)
            Self.allowOpenFiles(daemon.limits.connections + LingeringClose.most + 64)
            let socket = try ListeningSocket(listen)
            guard let handle = daemon.start(on: socket) else {
                socket.unlinkPath()
                throw .cannotListen("\(listen)", reason: "the system has no thread or memory left")
            }
            let acceptor = listen.hasAcceptor ? Acceptor(socket, for: daemon, handle) : nil
            if !waiting { acceptor?.begin() }
            lifecycle = .running(socket, handle, DeadlineTimer(cuttingOff: daemon), acceptor)
            return socket.port
        }
    }

    /// Begins to accept connections on a server that was started `waiting`.
    public func accept() {
        lifecycle.withLock { lifecycle in
            if case .running(_, _, _, let acceptor) = lifecycle { acceptor?.begin() }
        }
    }

    /// Closes each connection after its next response, with `Connection: close` (RFC 9112, section 9.6), so that
    /// persistent connections move to other nodes. New connections are still accepted.
    public func drain() {
        daemon.isDraining.store(true, ordering: .relaxed)
    }

    /// Stops: refuses new connections at once, or leaves them to the next process on an inherited socket; lets running
    /// requests finish within `time`, answers the rest with 503, closes all connections and flushes the log. Returns when
    /// the server has no threads left. Does nothing on a server that is not running.
    public func stop(within time: TimeSpan = .seconds(10)) async {
        typealias Running = (ListeningSocket, Daemon.Handle, DeadlineTimer, Acceptor?)
        let running = lifecycle.withLock { lifecycle -> Running? in
            guard case .running(let socket, let handle, let timer, let acceptor) = lifecycle else {
                return nil
            }
            lifecycle = .stopped
            return (socket, handle, timer, acceptor)
        }
        guard let (socket, handle, timer, acceptor) = running else { return }
        socket.unlinkPath()
        drain()
        acceptor?.stop(emptying: !listen.isInherited)
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
        let daemon = daemon
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "jeton.http.stop").async {
                while !daemon.endIdle(), MonotonicTime.now < end { usleep(2000) }
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

extension Server.Listen {
    /// Whether connections are accepted by an ``Acceptor``, and not by libmicrohttpd's threads.
    var hasAcceptor: Bool {
        switch self {
        case .tcp, .operatorSocket: false
        case .proxySocket, .inherited: true
        }
    }

    var isInherited: Bool {
        if case .inherited = self { true } else { false }
    }

    /// Who connected from `address`; `nil` if TCP knows no address.
    func peer(at address: UnsafePointer<sockaddr>?) -> Peer? {
        switch self {
        case .operatorSocket: return .operator
        case .proxySocket: return .localProxy
        case .inherited(let socket):
            if case .unix = socket.place { return .localProxy }
        case .tcp: break
        }
        return address.flatMap { IPAddress($0) }.map(Peer.address)
    }
}
