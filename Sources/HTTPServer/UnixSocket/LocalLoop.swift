import Dispatch
import Glibc

/// The event loop of a listening ``LocalServer``.
///
/// `@unchecked Sendable` is true because mutable state is only used on `queue`.
final class LocalLoop: @unchecked Sendable {
    private let queue = DispatchQueue(label: "jeton.local")
    private let socket: ListeningSocket
    private let limits: LocalServer.Limits
    private let answer: @Sendable ([UInt8]) -> [UInt8]?
    private let listener: any DispatchSourceRead
    private let timer: any DispatchSourceTimer
    private var connections: [Int32: LocalConnection] = [:]
    private var isStopped = false

    init(
        _ socket: ListeningSocket, _ limits: LocalServer.Limits,
        answer: @escaping @Sendable ([UInt8]) -> [UInt8]?
    ) {
        self.socket = socket
        self.limits = limits
        self.answer = answer
        signal(SIGPIPE, SIG_IGN)
        let descriptor = socket.descriptor
        listener = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        listener.setCancelHandler { close(descriptor) }
        timer = DispatchSource.makeTimerSource(queue: queue)
        let interval = DispatchTimeInterval.milliseconds(Int(min(max(limits.patience / 10, 5), 500)))
        timer.schedule(deadline: .now() + interval, repeating: interval)
        listener.setEventHandler { [self] in acceptSome() }
        timer.setEventHandler { [self] in cutOff(before: MonotonicTime.now) }
        listener.resume()
        timer.resume()
    }

    /// See ``LocalServer/stop()``.
    func stop() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            queue.async { [self] in
                defer { continuation.resume() }
                guard !isStopped else { return }
                isStopped = true
                socket.unlinkPath()
                timer.cancel()
                listener.cancel()
                for descriptor in Array(connections.keys) { end(descriptor) }
            }
        }
    }

    /// Accepts waiting connections, a limited number at once, so that requests on others are not delayed.
    private func acceptSome() {
        for _ in 0..<32 where !isStopped {
            let descriptor = accept(socket.descriptor, nil, nil)
            guard descriptor >= 0 else {
                if errno == EMFILE || errno == ENFILE {
                    // Closing the oldest connection frees a descriptor; without one, the pause prevents a busy loop.
                    endOldest()
                    usleep(1000)
                }
                return
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            if connections.count >= limits.connections { endOldest() }
            begin(descriptor)
        }
    }

    private func begin(_ descriptor: Int32) {
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        // A descriptor may be closed, and its number reused, only when its source is cancelled.
        source.setCancelHandler { close(descriptor) }
        source.setEventHandler { [self] in read(descriptor) }
        connections[descriptor] = LocalConnection(
            source: source, deadline: MonotonicTime.now + limits.patience * 1_000_000)
        source.resume()
    }

    private func read(_ descriptor: Int32) {
        guard var connection = connections[descriptor] else { return }
        var piece = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &piece, piece.count)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else { return end(descriptor) }
        connection.question += piece.prefix(count)
        guard let bytes = answer(connection.question) else {
            connections[descriptor] = connection
            return
        }
        // A short reply fits into the socket's buffer; a client that does not read loses it.
        _ = Glibc.write(descriptor, bytes, bytes.count)
        end(descriptor)
    }

    private func cutOff(before now: Int64) {
        for (descriptor, connection) in connections where connection.deadline < now { end(descriptor) }
    }

    private func endOldest() {
        guard let oldest = connections.min(by: { $0.value.deadline < $1.value.deadline }) else { return }
        end(oldest.key)
    }

    private func end(_ descriptor: Int32) {
        connections.removeValue(forKey: descriptor)?.source.cancel()
    }
}

/// A connection that waits for its request.
struct LocalConnection {
    let source: any DispatchSourceRead
    /// When the time for sending a request is up, as ``MonotonicTime``.
    let deadline: Int64
    /// The bytes received so far.
    var question: [UInt8] = []
}
