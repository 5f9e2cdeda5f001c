import CMicroHTTPD
import Glibc
import Synchronization
import Tokens

/// The server's state of one connection.
///
/// `@unchecked Sendable` is true because libmicrohttpd keeps a connection on one thread for life, and only that thread
/// touches `exchange`; everything else is constant, atomic or under a lock. Other threads use the handle only while the
/// connection is suspended, which keeps it alive.
final class Connection: @unchecked Sendable {
    let peer: Peer
    /// The number of its server thread.
    let shard: Int
    /// The descriptor; may be shut down until the connection is removed from the ``ConnectionTable``.
    let socket: Int32
    /// Those of its thread.
    let blocks: BlockResponses
    /// `nil` without TLS.
    let handshake: Handshake?
    private let handle: OpaquePointer

    /// When the client's time is up, as ``MonotonicTime``; `.max` while a handler works.
    let deadline: Atomic<Int64>
    /// Whether a request is in progress.
    let isBusy = Atomic(false)
    /// Whether the connection was idle at the stop's last poll.
    private let wasIdle = Atomic(false)
    /// The current request; for the connection's own thread only.
    var exchange = RequestProgress()
    /// The head of the current request; likewise.
    let head = HeadBuffer()

    private let answer = Mutex(Suspension.none)

    private enum Suspension {
        case none
        /// The connection is suspended until a handler is finished.
        case pending(Task<Void, Never>)
        /// The connection is resumed, or about to be.
        case ready(ServedResponse)
    }

    /// A connection that a listener of that kind accepted.
    init(
        handle: OpaquePointer, at listen: Server.Listen, shard: Int, blocks: BlockResponses, deadline: Int64,
        tls: TLSListener? = nil
    ) {
        self.handle = handle
        self.shard = shard
        self.blocks = blocks
        let socket = jeton_mhd_socket(handle)
        self.socket = socket
        handshake = tls.flatMap { Handshake($0, handle: handle, socket: socket) }
        // Without an address, the connection was not admitted.
        peer = listen.peer(at: jeton_mhd_peer(handle)) ?? .address(IPAddress(v4: 0))
        self.deadline = Atomic(deadline)
    }

    /// Shuts down reading on an idle connection, so that its thread sees the end of the stream and closes it. Data that
    /// arrived before is still read and answered (tcp(7)).
    ///
    /// The connection must be idle in two polls in a row, because data that the thread has just read is visible in
    /// neither the socket nor the request for a moment.
    func endReading() {
        // A head may have arrived that was not read yet.
        let isIdle = !isBusy.load(ordering: .acquiring) && peek() <= 0
        if wasIdle.exchange(isIdle, ordering: .relaxed), isIdle { shutdown(socket, Int32(SHUT_RD)) }
    }

    /// The number of bytes that wait to be read, at most 1; 0 at the end of the stream, negative with `errno` set if there
    /// are none yet.
    fileprivate func peek() -> Int {
        var byte: UInt8 = 0
        return recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    }

    /// Suspends the connection and starts `work`, on the urgent threads if it is `urgent`. Returns `false` and does
    /// nothing if the server `isClosed`.
    func suspend(
        unless isClosed: borrowing Atomic<Bool>, urgent: Bool,
        until work: @escaping @Sendable () async -> ServedResponse
    ) -> Bool {
        answer.withLock { answer in
            // Read under the lock: `stop` sets it before it takes this lock.
            if isClosed.load(ordering: .sequentiallyConsistent) { return false }
            deadline.store(.max, ordering: .relaxed)
            MHD_suspend_connection(handle)
            answer = .pending(
                Task.detached(
                    executorPreference: urgent ? ThreadExecutor.urgent : nil, priority: urgent ? .high : nil
                ) { self.resume(with: await work()) })
            return true
        }
    }

    /// Resumes the connection with an outcome, unless it was resumed before. The lock is held until then, because the
    /// handle of a resumed connection may become invalid at any time.
    func resume(with outcome: ServedResponse) {
        answer.withLock { answer in
            guard case .pending(let task) = answer else { return }
            answer = .ready(outcome)
            task.cancel()
            MHD_resume_connection(handle)
        }
    }

    /// Takes the outcome of a resumed connection.
    func takeOutcome() -> ServedResponse? {
        answer.withLock { answer in
            guard case .ready(let outcome) = answer else { return nil }
            answer = .none
            return outcome
        }
    }
}

extension Connection {
    /// Why the connection had no request, for the log; `nil` if it had one, or if the client sent nothing. For the
    /// connection's own thread, at its end.
    var fault: String? {
        if let handshake { return handshake.fault }
        // libmicrohttpd answers malformed requests itself, without a callback.
        guard exchange.began == 0, receivedBytes > 1 else { return nil }
        return "no complete HTTP request: a client that speaks TLS must use an http:// address"
    }

    /// Whether the client may still be sending: the server ends the connection before the end of the request, or leaves
    /// data unread. For the connection's own thread, at its end.
    var mayReceiveMore: Bool {
        let count = peek()
        return count > 0 || count < 0 && errno == EAGAIN && !exchange.isRead
    }

    /// The number of bytes received, counting a FIN as one; 0 on a unix socket.
    private var receivedBytes: UInt64 {
        // `tcpi_bytes_received` in the kernel's tcp_info, which glibc's shorter struct lacks.
        let offset = 128
        var info = [UInt8](repeating: 0, count: offset + 8)
        var size = socklen_t(info.count)
        guard getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0, size == info.count else {
            return 0
        }
        return info.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
    }
}
