#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Wakes another thread for good: now, or as soon as it begins to wait.
public final class Waker: Sendable {
    /// The file descriptor that becomes readable.
    let reading: Int32
    private let writing: Int32

    /// Creates one; `nil` where the process has too many open files.
    public init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// Waits until `end` or until it is woken. Returns whether it was woken.
    public func isWoken(until end: ContinuousClock.Instant) -> Bool {
        Poll.waits(for: reading, until: end) == .first
    }

    public func wake() {
        var byte: UInt8 = 1
        _ = write(writing, &byte, 1)
    }
}

/// Waiting with poll(2).
enum Poll {
    enum PollResult {
        case first, second, timeOver
    }

    /// Waits until one of two file descriptors is readable, or until `end`.
    static func waits(
        for first: Int32, or second: Int32 = -1, until end: ContinuousClock.Instant
    ) -> PollResult {
        // A negative descriptor is ignored (poll(2)).
        var files = [first, second].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            let rest = ContinuousClock.now.duration(to: end).components
            let isOver = rest.seconds < 0 || rest.attoseconds < 0
            // Rounded up, so that the last millisecond is no busy loop.
            let milliseconds = min(rest.seconds, 3600) * 1000 + rest.attoseconds / 1_000_000_000_000_000 + 1
            let ready = poll(&files, nfds_t(files.count), isOver ? 0 : Int32(milliseconds))
            if ready > 0 { return files[1].revents != 0 ? .second : .first }
            if isOver || ready < 0 && errno != EINTR { return .timeOver }
        }
    }
}
