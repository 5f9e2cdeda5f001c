import Glibc
import Tokens

/// What holds for the whole process.
enum ProcessSettings {
    /// Every file that is made is for its owner alone, and a crash writes no memory to a disk.
    static func keepSecrets() {
        umask(0o077)
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }

    /// Who closes a pipe does not end the process: what could not be written is told, or taken back.
    static func ignoreClosedPipes() {
        signal(SIGPIPE, SIG_IGN)
    }

    /// As many open files as the system allows this process.
    static func allowOpenFiles() {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }

    /// The user that this process acts as.
    static var user: UInt32 { geteuid() }
}

extension Clock {
    /// The system's time, and, steadily, the time since it started, asleep or not.
    static let system = Clock {
        read(CLOCK_REALTIME)
    } steady: {
        read(CLOCK_BOOTTIME)
    }

    private static func read(_ clock: clockid_t) -> Timestamp {
        var time = timespec()
        clock_gettime(clock, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
