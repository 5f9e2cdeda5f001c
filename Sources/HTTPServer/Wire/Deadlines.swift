import Dispatch
import Glibc
import Tokens

/// Nanoseconds on a clock that is never set, for durations and deadlines.
enum MonotonicTime {
    static var now: Int64 { read(CLOCK_MONOTONIC) }

    /// As ``now``, a few milliseconds behind and much cheaper; for deadlines.
    static var lately: Int64 { read(CLOCK_MONOTONIC_COARSE) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Disconnects clients past their deadline. It fires ten times within the request timeout, but at most every 5 ms and at
/// least every second.
///
/// `@unchecked Sendable` is true because a dispatch source may be used from any thread.
struct DeadlineTimer: @unchecked Sendable {
    private let source: any DispatchSourceTimer

    init(cuttingOff daemon: Daemon) {
        source = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "jeton.http.deadlines"))
        let interval = min(max(daemon.limits.requestTimeout.milliseconds / 10, 5), 1000)
        source.schedule(
            deadline: .now() + .milliseconds(Int(interval)), repeating: .milliseconds(Int(interval)),
            leeway: .milliseconds(Int(interval / 2)))
        source.setEventHandler {
            daemon.connections.cutOff(at: MonotonicTime.now)
            daemon.memoryBudget.trim()
        }
        source.resume()
    }

    func cancel() {
        source.cancel()
    }
}
