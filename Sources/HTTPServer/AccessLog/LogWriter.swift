import Dispatch
import Glibc
import Synchronization
public import Tokens

/// Buffers lines in memory and writes them from its own queue, so a slow terminal or disk never delays a request. While
/// the buffer is full, lines are dropped and counted.
public final class LogWriter: Sendable {
    /// Writes to standard error. Everything that a server writes there goes through it, so lines stay whole and in
    /// order.
    public static let standardError = LogWriter(sink: nil)

    private struct Pending {
        var lines: [UInt8] = []
        /// The memory of lines that were written, for the next ones.
        var spare: [UInt8] = []
        var dropped = 0
        var isScheduled = false
    }

    /// The most bytes in the buffer.
    private static let room = 4 * 1024 * 1024
    /// The most bytes of memory that are kept for the next lines.
    private static let kept = 512 * 1024
    /// The microseconds to wait for more lines before a write. Waking a thread for each line would cost as much as the
    /// request.
    private static let gathering: UInt32 = 10_000

    private let pending = Mutex(Pending())
    private let queue = DispatchQueue(label: "jeton.http.log")
    private let sink: (@Sendable (String) -> Void)?
    /// Whether a flush timed out and nothing was written since; the next one does not wait.
    private let isStuck = Atomic(false)

    /// Writes to standard error, or passes each line, without its line break, to `sink`.
    init(sink: (@Sendable (String) -> Void)?) {
        self.sink = sink
    }

    /// Buffers the line of these fields.
    func write(_ fields: consuming LogFields) {
        fields.finish(write)
    }

    /// Buffers a line, which includes its line break. Never blocks on the write.
    public func write(_ line: Span<UInt8>) {
        let isFirst = pending.withLock { pending in
            guard pending.lines.count + line.count <= Self.room else {
                pending.dropped += 1
                return false
            }
            line.withUnsafeBufferPointer { pending.lines += $0 }
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

    /// The timeout of a flush at the stop, which has to end within seconds.
    static let patience = TimeSpan.seconds(1)

    /// Returns when all lines so far are written, or after `patience`; `nil` waits without a timeout.
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

    /// Runs on the queue only, which keeps the lines in order.
    private func drain() {
        var (lines, dropped) = pending.withLock { pending in
            defer { pending = Pending(lines: pending.spare) }
            return (pending.lines, pending.dropped)
        }
        defer {
            lines.removeAll(keepingCapacity: lines.capacity <= Self.kept)
            pending.withLock { $0.spare = lines }
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
