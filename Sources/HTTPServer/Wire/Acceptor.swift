import CMicroHTTPD
import Dispatch
import Glibc

/// Accepts the connections of a listening socket for a ``Daemon``.
///
/// libmicrohttpd accepts by itself, but cannot stop before its threads end: until then it would accept connections only to
/// close them. This one stops at once and refuses nobody. Who waits in the queue of a socket that the process opened is
/// still served, and who waits in that of an inherited one is left to the next process.
///
/// `@unchecked Sendable` is true because mutable state is only used on `queue`.
final class Acceptor: @unchecked Sendable {
    private let queue = DispatchQueue(label: "jeton.http.accept")
    private let descriptor: Int32
    private let daemon: Daemon
    private let handle: Daemon.Handle
    private var source: (any DispatchSourceRead)?
    private var isStopped = false

    init(_ socket: ListeningSocket, for daemon: Daemon, _ handle: Daemon.Handle) {
        descriptor = socket.descriptor
        self.daemon = daemon
        self.handle = handle
    }

    /// Begins to accept. Until then, connections wait in the queue.
    func begin() {
        queue.sync {
            guard source == nil, !isStopped else { return }
            let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
            source.setEventHandler { [self] in acceptSome() }
            source.setCancelHandler { [descriptor] in close(descriptor) }
            self.source = source
            source.resume()
        }
    }

    /// Stops for good, and closes the socket. First accepts whoever waits, if `emptying`.
    func stop(emptying: Bool) {
        queue.sync {
            guard !isStopped else { return }
            isStopped = true
            guard let source else {
                close(descriptor)
                return
            }
            if emptying { while acceptOne() {} }
            source.cancel()
        }
    }

    /// Accepts some of those who wait. The source calls again while there are more.
    private func acceptSome() {
        for _ in 0..<64 where !isStopped {
            guard daemon.hasRoom else {
                // As with libmicrohttpd, more wait in the queue.
                usleep(1000)
                return
            }
            guard acceptOne() else { return }
        }
    }

    /// Accepts one connection; `false` if nobody waits.
    private func acceptOne() -> Bool {
        while true {
            var address = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let connection = withUnsafeMutablePointer(to: &address) { storage in
                storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    accept(descriptor, address, &length)
                }
            }
            guard connection < 0 else {
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                daemon.take(connection, from: address, length, handle)
                return true
            }
            // Somebody who has gone again is no reason to stop.
            if errno == ECONNABORTED || errno == EINTR { continue }
            if errno == EMFILE || errno == ENFILE { usleep(1000) }
            return false
        }
    }
}
