import Glibc

/// Nanoseconds on a clock that no one sets; for durations and deadlines only.
enum MonotonicTime {
    static var now: Int64 { read(CLOCK_MONOTONIC) }

    /// The same, up to some milliseconds ago, for a fraction of the cost; for deadlines.
    static var lately: Int64 { read(CLOCK_MONOTONIC_COARSE) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
