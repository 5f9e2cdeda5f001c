import Dispatch
import Glibc
import Synchronization
public import Tokens

/// Gathers lines in memory and writes them from a thread of its own, so that a slow terminal or disk
/// never holds up a request. What does not fit while the writer is behind is counted and left out.
public final class LogWriter: Sendable {
    /// Writes to standard error. All that a server says there goes through this one, so that lines stay whole and
    /// in order, and nobody waits where nobody reads.
    public static let standardError = LogWriter(sink: nil)

    private struct Pending {
        var lines: [UInt8] = []
        var dropped = 0
        var isScheduled = false
    }

    /// The most bytes that wait to be written.
    private static let room = 4 * 1024 * 1024
    /// How many microseconds lines are gathered before they are written: with a thread woken for each of
    /// them, a line would cost as much as the request that it tells of.
    private static let gathering: UInt32 = 10_000

    private let pending = Mutex(Pending())
    private let queue = DispatchQueue(label: "jeton.http.log")
    private let sink: (@Sendable (String) -> Void)?
    /// Whether a flush was given up, and nothing was written since: the next one need not wait as long again.
    private let isStuck = Atomic(false)

    /// Writes to standard error, or hands each line, without its end, to `sink`.
    init(sink: (@Sendable (String) -> Void)?) {
        self.sink = sink
    }

    /// Takes a line with its end. Never waits for the writing.
    public func write(_ line: [UInt8]) {
        let isFirst = pending.withLock { pending in
            guard pending.lines.count + line.count <= Self.room else {
                pending.dropped += 1
                return false
            }
            pending.lines += line
            defer { pending.isScheduled = true }
            return !pending.isScheduled
        }
        if isFirst {
            queue.async {
                usleep(Self.gathering)
                self.drain()
            }
        }
    }

    /// How long a flush waits unless told otherwise: a stop has to end within seconds.
    static let patience = TimeSpan.seconds(1)

    /// Returns when all lines so far are written, or could not be within `patience`: nobody reads then, and who
    /// stops does not wait for that. Without a patience it waits for as long as it takes.
    public func flush(within patience: TimeSpan?) {
        let written = DispatchSemaphore(value: 0)
        queue.async {
            self.drain()
            self.isStuck.store(false, ordering: .relaxed)
            written.signal()
        }
        guard let patience else { return written.wait() }
        let milliseconds = isStuck.load(ordering: .relaxed) ? 0 : patience.milliseconds
        if written.wait(timeout: .now() + .milliseconds(Int(milliseconds))) == .timedOut {
            isStuck.store(true, ordering: .relaxed)
        }
    }

    /// Only on the queue, so that lines keep their order.
    private func drain() {
        var (lines, dropped) = pending.withLock { pending in
            defer { pending = Pending() }
            return (pending.lines, pending.dropped)
        }
        if dropped > 0 { lines += "{\"dropped_lines\":\(dropped)}\n".utf8 }
        if let sink {
            for line in lines.split(separator: UInt8(ascii: "\n")) {
                sink(String(decoding: line, as: UTF8.self))
            }
        } else {
            Self.writeAll(lines)
        }
    }

    private static func writeAll(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = Glibc.write(
                    STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written >= 0 {
                    rest = rest.dropFirst(written)
                } else if errno == EAGAIN {
                    var ready = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                    poll(&ready, 1, -1)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}
