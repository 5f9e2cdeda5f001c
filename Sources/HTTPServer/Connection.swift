import CMicroHTTPD
import Glibc
import Synchronization
import Tokens

/// What the server knows of one connection, across its requests.
///
/// `@unchecked Sendable` is true because libmicrohttpd keeps a connection on one of its threads for
/// life, and only that thread touches `exchange`; everything else here is constant, atomic or under a
/// lock. The handle is used from elsewhere only while the connection is suspended, which keeps it alive.
final class Connection: @unchecked Sendable {
    /// The peer; `nil` on a unix socket.
    let peer: IPAddress?
    /// Which of the server's threads it lives on, counted from 0.
    let shard: Int
    /// The descriptor; ours to shut down until the table has let go of this connection.
    let socket: Int32
    /// The handshake, where the server speaks TLS.
    let handshake: Handshake?
    private let handle: OpaquePointer

    /// When the client must have sent what it owes, as ``MonotonicTime``; `.max` while it owes nothing.
    let deadline: Atomic<Int64>
    /// Whether a request is being read or answered.
    let isBusy = Atomic(false)
    /// Whether nothing ran over it when a stop last looked.
    private let wasIdle = Atomic(false)
    /// The request at hand, for the connection's own thread only.
    var exchange = RequestProgress()

    private let answer = Mutex(Answer.none)

    private enum Answer {
        case none
        /// The connection is suspended until a handler is done.
        case pending(Task<Void, Never>)
        /// The connection is, or is about to be, on its own thread again.
        case ready(Outcome)
    }

    init(handle: OpaquePointer, shard: Int, deadline: Int64, tls: TLSListener? = nil) {
        self.handle = handle
        self.shard = shard
        let socket = jeton_mhd_socket(handle)
        self.socket = socket
        handshake = tls.flatMap { Handshake($0, handle: handle, socket: socket) }
        peer = jeton_mhd_peer(handle).flatMap { IPAddress($0) }
        self.deadline = Atomic(deadline)
    }

    /// Has the connection's own thread see the client's end, unless a request runs or has begun to arrive:
    /// whatever came before is still read and answered (tcp(7) keeps it when reading is shut down).
    ///
    /// It does so when it finds that for the second time in a row. What that thread has just taken out of the
    /// socket is in neither place for a moment.
    func endReading() {
        var byte: UInt8 = 0
        // A body may be on its way behind a head that was not read yet.
        let isIdle =
            !isBusy.load(ordering: .acquiring)
            && recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) <= 0
        if wasIdle.exchange(isIdle, ordering: .relaxed), isIdle { shutdown(socket, Int32(SHUT_RD)) }
    }

    /// Suspends the connection until `work` is done: on threads of its own, and before others at the ledger,
    /// where it is `urgent`. Returns `false`, and does nothing, where `isClosed` says that no one will wait for it.
    func suspend(
        unless isClosed: borrowing Atomic<Bool>, urgent: Bool,
        until work: @escaping @Sendable () async -> Outcome
    ) -> Bool {
        answer.withLock { answer in
            // Read under the lock: whoever closes sets it first and then takes this lock.
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

    /// Hands the outcome over and lets the connection go on, unless someone did before. The lock is
    /// held until it goes on: once it does, the handle may end at any time.
    func resume(with outcome: Outcome) {
        answer.withLock { answer in
            guard case .pending(let task) = answer else { return }
            answer = .ready(outcome)
            task.cancel()
            MHD_resume_connection(handle)
        }
    }

    /// The outcome, once, after the connection was resumed.
    func takeOutcome() -> Outcome? {
        answer.withLock { answer in
            guard case .ready(let outcome) = answer else { return nil }
            answer = .none
            return outcome
        }
    }
}

/// A request on its way through the connection's thread.
struct RequestProgress {
    /// What libmicrohttpd calls the handler for next.
    enum Phase {
        case head, body, answer
    }

    var phase = Phase.head
    /// The request target as it was sent; the buffer is kept from request to request.
    var target: [UInt8] = []
    var body: [UInt8] = []
    /// How many bytes of body were read, kept or not.
    var bodyCount = 0
    /// The most bytes of body that are taken.
    var bodyLimit = 0
    /// Whether somebody reads the body.
    var keepsBody = false
    /// Whether there was no memory for the body.
    var isCrowded = false
    /// How many bytes of the server's ``MemoryBudget`` are held.
    var held = 0
    /// Whether the body comes in chunks.
    var isChunked = false
    /// When the head was complete, as ``MonotonicTime``.
    var began: Int64 = 0

    /// Makes ready for the next request.
    mutating func reset() {
        phase = .head
        body = []
        bodyCount = 0
        isChunked = false
        isCrowded = false
    }
}
