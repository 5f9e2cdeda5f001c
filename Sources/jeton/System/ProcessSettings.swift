import Glibc
import Tokens

/// Settings for the whole process.
enum ProcessSettings {
    /// Makes new files readable by their owner alone, and disables core dumps.
    static func keepSecrets() {
        umask(0o077)
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }

    /// Makes writing to a closed pipe an error that the caller handles, where SIGPIPE would end the process.
    static func ignoreClosedPipes() {
        signal(SIGPIPE, SIG_IGN)
    }

    /// Raises the limit of open files as far as the system allows.
    static func allowOpenFiles() {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }

    /// The name of this machine.
    static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The effective user.
    static var user: UInt32 { geteuid() }
}

extension Clock {
    /// The system's clock. Its steady time also counts while the machine is suspended (CLOCK_BOOTTIME).
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
