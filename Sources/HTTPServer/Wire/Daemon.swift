import CMicroHTTPD
import Glibc
import Synchronization
import Tokens

/// libmicrohttpd's daemon with its callbacks, behind ``Server``.
final class Daemon: Sendable {
    let application: Application
    private let listen: Server.Listen
    let limits: Server.Limits
    let log: RequestLog?
    let figures: RequestFigures?
    let tls: TLSListener?
    let connections: ConnectionTable
    let patience: Int64
    let memoryBudget: MemoryBudget
    let requestBudget: RequestBudget
    /// Of each thread, by its number.
    private let blocks: [BlockResponses]
    private let lingering: LingeringClose
    private let shards = Shards()

    /// Responses close their connections.
    let isDraining = Atomic(false)
    /// The connections that libmicrohttpd has and its threads have not begun yet.
    let arriving = Atomic(0)
    /// New connections are closed.
    ///
    /// `MHD_quiesce_daemon` would have the system refuse them, but in 0.9.75 it races with the stopping threads: both
    /// remove the socket from an epoll set, and the second to do so aborts the process.
    let isStopping = Atomic(false)
    /// No handler is started.
    let isClosed = Atomic(false)

    init(
        _ listen: Server.Listen, application: Application, limits: Server.Limits, identity: TLSIdentity?,
        log: RequestLog?, figures: RequestFigures? = nil
    ) {
        self.listen = listen
        self.application = application
        self.limits = limits
        self.log = log
        self.figures = figures
        tls = identity.map(TLSListener.init)
        connections = ConnectionTable(limits)
        memoryBudget = MemoryBudget(limit: limits.heldBytes)
        requestBudget = RequestBudget(limit: limits.requests)
        patience = limits.requestTimeout.milliseconds * 1_000_000
        blocks = (0..<max(1, limits.threads)).map { _ in BlockResponses() }
        lingering = LingeringClose(limit: limits.drainedBytes)
    }

    /// Starts the threads, which accept on the socket unless an ``Acceptor`` does; `nil` if the system has no thread or
    /// memory left.
    func start(on socket: ListeningSocket) -> Handle? {
        var callbacks = Self.callbacks
        callbacks.context = Unmanaged.passRetained(self).toOpaque()
        let threads = min(limits.threads, limits.connections)
        let daemon = TLSListener.withOptions(of: tls) { secure in
            jeton_mhd_start(
                listen.hasAcceptor ? -1 : socket.descriptor, UInt32(threads), UInt32(limits.connections),
                memory, secure, &callbacks)
        }
        guard let daemon else {
            Unmanaged.passUnretained(self).release()
            return nil
        }
        return Handle(daemon: daemon)
    }

    /// A running daemon.
    ///
    /// `@unchecked Sendable` is true because libmicrohttpd allows stopping from any thread, and ``Server`` does it once.
    struct Handle: @unchecked Sendable {
        fileprivate let daemon: OpaquePointer

        /// Joins the threads and closes the connections. Blocks; no connection may be suspended.
        func stop(_ owner: Daemon) {
            MHD_stop_daemon(daemon)
            Unmanaged.passUnretained(owner).release()
        }
    }

    fileprivate func admits(_ address: UnsafePointer<sockaddr>?) -> Bool {
        guard !isStopping.load(ordering: .relaxed), let peer = listen.peer(at: address) else { return false }
        return connections.admits(peer)
    }

    /// Whether another connection may be accepted.
    var hasRoom: Bool {
        connections.openCount + arriving.load(ordering: .relaxed) < limits.connections
    }

    /// Takes a connection that an ``Acceptor`` accepted, or closes it.
    func take(_ socket: Int32, from address: sockaddr_storage, _ length: socklen_t, _ handle: Handle) {
        arriving.add(1, ordering: .relaxed)
        let taken = withUnsafePointer(to: address) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                MHD_add_connection(handle.daemon, socket, $0, length)
            }
        }
        // libmicrohttpd has closed it.
        if taken != .YES { arriving.subtract(1, ordering: .relaxed) }
    }

    /// Shuts down idle connections, which their threads then close. Returns whether none is left.
    ///
    /// Where nobody is to be refused, only those that have been idle for ``quiet``: whoever has just connected, or got a
    /// response, is likely about to send a request.
    func endIdle() -> Bool {
        let isEmpty = arriving.load(ordering: .sequentiallyConsistent) == 0
        let latest = listen.hasAcceptor ? MonotonicTime.now + patience - Self.quiet : .max
        return connections.endIdle(dueUntil: latest) && isEmpty
    }

    /// 500 ms, in nanoseconds.
    private static let quiet: Int64 = 500_000_000

    fileprivate func begin(_ handle: OpaquePointer) -> Connection {
        let shard = shards.current
        let connection = Connection(
            handle: handle, at: listen, shard: shard, blocks: blocks[shard], deadline: newDeadline, tls: tls)
        connections.insert(connection)
        if listen.hasAcceptor { arriving.subtract(1, ordering: .sequentiallyConsistent) }
        return connection
    }

    fileprivate func end(_ connection: Connection) {
        connections.remove(connection)
        release(connection)
        if connection.mayReceiveMore { lingering.take(connection.socket) }
        if let fault = connection.fault { log?.record(fault, from: connection.peer) }
    }

    /// The bytes of a connection's buffer, for the heads of request and response.
    ///
    /// It holds the request head, 56 bytes for each field, and the response head. Where a head of nearly all bytes that
    /// are allowed has more than some 60 fields, libmicrohttpd refuses it with 431. The buffer is no larger because
    /// libmicrohttpd clears all of it after each request.
    var memory: Int { Self.memory(limits) }

    static func memory(_ limits: Server.Limits) -> Int { limits.headerBytes + 4 * 1024 }

    /// The deadline of a client that starts now.
    var newDeadline: Int64 { MonotonicTime.lately + patience }
}

extension Daemon {
    /// The C callbacks. `context` is the daemon, which ``start(on:)`` retains until the threads have ended; the context
    /// of a connection is its ``Connection``, retained from its first to its last notification. Neither is retained in
    /// between, which would be a write shared by all threads.
    private static var callbacks: jeton_mhd_callbacks {
        jeton_mhd_callbacks(
            context: nil,
            accept: { context, address, _ in
                context?.asDaemon { $0.admits(address) } == true ? .YES : .NO
            },
            handle: { context, handle, _, method, version, upload, uploadSize, request in
                guard let context, let connection = request?.pointee,
                    let handle, let method, let version, let uploadSize
                else { return .NO }
                let call = AccessCall(
                    handle: handle, method: method, version: version, upload: upload, uploadSize: uploadSize)
                return context.asDaemon { daemon in connection.asConnection { daemon.handle(call, $0) } }
            },
            began: { _, target, handle in
                guard let handle, let target, let connection = jeton_mhd_socket_context(handle) else {
                    return nil
                }
                let bytes = UnsafeRawBufferPointer(start: target, count: strlen(target))
                connection.asConnection {
                    $0.exchange.isRead = false
                    $0.head.take(target: bytes)
                }
                jeton_mhd_hide_query(target)
                return connection
            },
            completed: { context, _, request, _ in
                guard let connection = request?.pointee else { return }
                context?.asDaemon { daemon in connection.asConnection { daemon.finish($0) } }
            },
            connection: { context, handle, slot, event in
                guard let context, let handle, let slot else { return }
                if event == .CONNECTION_NOTIFY_STARTED {
                    let connection = context.asDaemon { $0.begin(handle) }
                    slot.pointee = Unmanaged.passRetained(connection).toOpaque()
                } else if let known = slot.pointee {
                    let connection = Unmanaged<Connection>.fromOpaque(known).takeRetainedValue()
                    context.asDaemon { $0.end(connection) }
                    slot.pointee = nil
                }
            })
    }
}

extension UnsafeMutableRawPointer {
    /// Borrows the daemon behind a context.
    fileprivate func asDaemon<Result>(_ body: (Daemon) -> Result) -> Result {
        Unmanaged<Daemon>.fromOpaque(self)._withUnsafeGuaranteedRef(body)
    }

    /// Borrows the connection behind a context.
    fileprivate func asConnection<Result>(_ body: (Connection) -> Result) -> Result {
        Unmanaged<Connection>.fromOpaque(self)._withUnsafeGuaranteedRef(body)
    }
}

/// Numbers the threads of a server.
final class Shards: Sendable {
    private let known = Mutex<[pthread_t: Int]>([:])

    /// The number of the calling thread, counted from 0.
    var current: Int {
        let thread = pthread_self()
        return known.withLock { known in
            if let shard = known[thread] { return shard }
            known[thread] = known.count
            return known.count - 1
        }
    }
}
