#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Ends another thread's waiting, now or, where it does not wait yet, when it begins to. For good.
public final class Waker: Sendable {
    /// Can be read once woken.
    let reading: Int32
    private let writing: Int32

    /// One that was not woken; `nil` where the process has too many files open.
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

    /// Waits until that moment, or until it is woken. Whether it was.
    public func isWoken(until end: ContinuousClock.Instant) -> Bool {
        Poll.waits(for: reading, until: end) == .first
    }

    /// Wakes who waits.
    public func wake() {
        var byte: UInt8 = 1
        _ = write(writing, &byte, 1)
    }
}

/// Waiting for what can be read.
enum Poll {
    enum Outcome {
        case first, second, timeOver
    }

    /// Waits until one of the files can be read, or the time is over.
    static func waits(
        for first: Int32, or second: Int32 = -1, until end: ContinuousClock.Instant
    ) -> Outcome {
        // A negative number is passed over (poll(2)).
        var files = [first, second].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            let rest = ContinuousClock.now.duration(to: end).components
            let isOver = rest.seconds < 0 || rest.attoseconds < 0
            // Rounded up, so that it never turns round and round in the last millisecond.
            let milliseconds = min(rest.seconds, 3600) * 1000 + rest.attoseconds / 1_000_000_000_000_000 + 1
            let ready = poll(&files, nfds_t(files.count), isOver ? 0 : Int32(milliseconds))
            if ready > 0 { return files[1].revents != 0 ? .second : .first }
            if isOver || ready < 0 && errno != EINTR { return .timeOver }
        }
    }
}
