import CMicroHTTPD
import Glibc
import Synchronization
import Tokens

/// libmicrohttpd's daemon and what it calls back. ``Server`` is its public face.
final class Daemon: Sendable {
    let application: Application
    let limits: Server.Limits
    let log: RequestLog?
    let figures: RequestFigures?
    let tls: TLSListener?
    let connections: ConnectionTable
    let patience: Int64
    /// The most bytes of an answer's head that always fit, whatever was asked.
    let leastRoom: Int
    let memoryBudget: MemoryBudget
    let places: ServingPlaces
    private let shards = Shards()

    /// Answers close their connections from now on.
    let isDraining = Atomic(false)
    /// New connections are closed from now on.
    ///
    /// `MHD_quiesce_daemon` would have them refused earlier, by the system. In 0.9.75 it removes the
    /// socket from each thread's epoll set, as the thread itself does when it sees that it is to stop,
    /// and whichever comes second ends the process.
    let isStopping = Atomic(false)
    /// No handler is started any more.
    let isClosed = Atomic(false)

    init(
        application: Application, limits: Server.Limits, identity: TLSIdentity?, log: RequestLog?,
        figures: RequestFigures? = nil
    ) {
        self.application = application
        self.limits = limits
        self.log = log
        self.figures = figures
        tls = identity.map(TLSListener.init)
        connections = ConnectionTable(limits)
        memoryBudget = MemoryBudget(limit: limits.heldBytes)
        places = ServingPlaces(limit: limits.requests)
        patience = limits.requestTimeout.milliseconds * 1_000_000
        leastRoom = Self.roomBesideAnyHead(limits)
    }

    /// Starts the threads on a socket that listens; `nil` where the system has none to give.
    func start(on socket: ListeningSocket) -> Handle? {
        var callbacks = Self.callbacks
        callbacks.context = Unmanaged.passRetained(self).toOpaque()
        let threads = min(limits.threads, limits.connections)
        let daemon = TLSListener.withOptions(of: tls) { secure in
            jeton_mhd_start(
                socket.descriptor, UInt32(threads), UInt32(limits.connections), memory, secure, &callbacks)
        }
        guard let daemon else {
            Unmanaged.passUnretained(self).release()
            return nil
        }
        return Handle(daemon: daemon)
    }

    /// A daemon that runs.
    ///
    /// `@unchecked Sendable` is true because libmicrohttpd allows this call on any thread, and
    /// ``Server`` makes it once.
    struct Handle: @unchecked Sendable {
        fileprivate let daemon: OpaquePointer

        /// Ends the threads and closes the connections. Waits; no connection may be suspended.
        func stop(_ owner: Daemon) {
            MHD_stop_daemon(daemon)
            Unmanaged.passUnretained(owner).release()
        }
    }

    fileprivate func admits(_ peer: IPAddress?) -> Bool {
        !isStopping.load(ordering: .relaxed) && connections.admits(peer)
    }

    fileprivate func begin(_ handle: OpaquePointer) -> Connection {
        let connection = Connection(
            handle: handle, shard: shards.current, deadline: newDeadline, tls: tls)
        connections.insert(connection)
        return connection
    }

    fileprivate func end(_ connection: Connection) {
        connections.remove(connection)
        release(connection)
        if let fault = connection.fault { log?.record(fault, from: connection.peer) }
    }

    /// What a connection has for the request's head and the answer's.
    ///
    /// Beside the head itself there are 56 bytes for each field, and the answer's head. No more:
    /// libmicrohttpd overwrites all of it after each request, and beyond 32 KiB that is what a request
    /// costs most of.
    var memory: Int { Self.memory(limits) }

    static func memory(_ limits: Server.Limits) -> Int { limits.headerBytes + 16 * 1024 }

    /// When a client that starts now must be done.
    var newDeadline: Int64 { MonotonicTime.lately + patience }
}

extension Daemon {
    /// The C side. `context` is always the daemon, which ``start(on:)`` keeps alive until the threads
    /// have ended; a connection's context is its ``Connection``, kept alive from its first to its last
    /// notification. Neither reference is counted on the way, which would be a write that all threads share.
    private static var callbacks: jeton_mhd_callbacks {
        jeton_mhd_callbacks(
            context: nil,
            accept: { context, address, _ in
                let peer = address.flatMap { IPAddress($0) }
                return context?.asDaemon { $0.admits(peer) } == true ? .YES : .NO
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
                    $0.exchange.target.removeAll(keepingCapacity: true)
                    $0.exchange.target.append(contentsOf: bytes)
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
    /// The daemon that this context stands for.
    fileprivate func asDaemon<Result>(_ body: (Daemon) -> Result) -> Result {
        Unmanaged<Daemon>.fromOpaque(self)._withUnsafeGuaranteedRef(body)
    }

    /// The connection that this context stands for.
    fileprivate func asConnection<Result>(_ body: (Connection) -> Result) -> Result {
        Unmanaged<Connection>.fromOpaque(self)._withUnsafeGuaranteedRef(body)
    }
}
