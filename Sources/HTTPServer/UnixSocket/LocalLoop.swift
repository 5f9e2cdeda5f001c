import Dispatch
import Glibc

/// The life of a ``LocalServer`` that listens.
///
/// `@unchecked Sendable` is true because everything that changes is touched on `queue` alone.
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

    /// Takes the file away and gives up every connection; returns when nobody is answered any more.
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

    /// Takes in those who wait, but not so many at once that others' questions would wait for them.
    private func acceptSome() {
        for _ in 0..<32 where !isStopped {
            let descriptor = accept(socket.descriptor, nil, nil)
            guard descriptor >= 0 else {
                if errno == EMFILE || errno == ENFILE {
                    // Whoever has waited longest gives way; and if that is nobody of ours, a moment's
                    // pause keeps this from spinning.
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
        // A descriptor may be closed, and its number used again, only when nothing watches it.
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
        // What is so short fits the socket's own buffer, or its reader has not earned it.
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

/// A client that has not been answered yet.
struct LocalConnection {
    let source: any DispatchSourceRead
    /// When it must have asked, as ``MonotonicTime``.
    let deadline: Int64
    /// What it has sent so far.
    var question: [UInt8] = []
}
