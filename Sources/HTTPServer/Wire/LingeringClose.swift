import Dispatch
import Glibc
import Synchronization

/// Reads and discards what clients still send on connections that the server ends.
///
/// Closing a socket that has unread data, or that receives more, resets the connection. A client that is still writing
/// fails at that before it has read the response (RFC 9112, section 9.6); a proxy answers with an error of its own.
final class LingeringClose: Sendable {
    /// How long a client may go on.
    private static let patience = DispatchTimeInterval.seconds(2)
    /// The most connections at once; more are closed without waiting.
    static let most = 256

    /// The most bytes that are read of one connection.
    private let limit: Int
    private let count = Atomic(0)
    private let queue = DispatchQueue(label: "jeton.http.lingering")

    init(limit: Int) {
        self.limit = limit
    }

    /// Keeps a duplicate of a socket, which its owner may close, until the client has closed its side.
    func take(_ socket: Int32) {
        guard count.add(1, ordering: .relaxed).newValue <= Self.most else { return forget() }
        let duplicate = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else { return forget() }
        shutdown(duplicate, Int32(SHUT_WR))
        // A dispatch source may be used from any thread.
        nonisolated(unsafe) let source = DispatchSource.makeReadSource(
            fileDescriptor: duplicate, queue: queue)
        var rest = limit
        source.setEventHandler {
            rest -= Self.discard(from: duplicate)
            if rest <= 0 { source.cancel() }
        }
        source.setCancelHandler { [self] in
            close(duplicate)
            forget()
        }
        queue.asyncAfter(deadline: .now() + Self.patience) { source.cancel() }
        source.resume()
    }

    private func forget() {
        count.subtract(1, ordering: .relaxed)
    }

    /// Reads from a non-blocking socket. Returns the number of bytes, which is `.max` at the end of the stream.
    private static func discard(from socket: Int32) -> Int {
        withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { room in
            let count = read(socket, room.baseAddress, room.count)
            if count > 0 { return count }
            return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : .max
        }
    }
}
