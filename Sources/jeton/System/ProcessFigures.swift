import Glibc
import Metrics

/// What the system reports about this process (proc(5)). What it does not report is `nil`.
struct ProcessFigures: Hashable, Sendable {
    let residentBytes: Int?
    let virtualBytes: Int?
    /// The CPU time, user and system.
    let processorSeconds: Double?
    /// When the process was started, in seconds since 1970.
    let startSeconds: Double?
    /// Open file descriptors.
    let openFiles: Int?
    /// The limit of open file descriptors.
    let mostOpenFiles: Int?

    static var now: Self {
        let stat = (try? Files.read("/proc/self/stat", limit: 4096)).map {
            String(decoding: $0, as: UTF8.self)
        }
        // The program's name is in parentheses, and may contain spaces.
        let fields = stat?.split(separator: ")").last?.split(separator: " ").map { Double($0) ?? 0 } ?? []
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        // By the numbers in proc_pid_stat(5); the first field after the name is the third.
        func field(_ number: Int) -> Double? { number - 3 < fields.count ? fields[number - 3] : nil }
        return Self(
            residentBytes: field(24).map { Int($0) * sysconf(Int32(_SC_PAGESIZE)) },
            virtualBytes: field(23).map { Int($0) },
            processorSeconds: field(14).flatMap { user in field(15).map { (user + $0) / ticks } },
            startSeconds: field(22).flatMap { start in bootSeconds.map { $0 + start / ticks } },
            openFiles: openFilesNow, mostOpenFiles: mostOpenFilesNow)
    }

    /// When the machine was booted, in seconds since 1970.
    private static var bootSeconds: Double? {
        // The line follows one for each processor, and a long one about interrupts.
        guard let bytes = try? Files.read("/proc/stat", limit: 1 << 20) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst("btime ".count)) }
    }

    private static var openFilesNow: Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without `.`, `..` and the descriptor of this folder.
        return count - 3
    }

    private static var mostOpenFilesNow: Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return limit.rlim_cur == rlim_t.max ? nil : Int(limit.rlim_cur)
    }
}

extension Metric {
    /// The figures of a process, under the standard names of Prometheus client libraries.
    static func ofProcess(_ figures: ProcessFigures) -> [Metric] {
        [
            one(
                "process_resident_memory_bytes", .gauge, "Resident memory",
                figures.residentBytes.map(Double.init)),
            one(
                "process_virtual_memory_bytes", .gauge, "Virtual memory",
                figures.virtualBytes.map(Double.init)),
            one(
                "process_cpu_seconds_total", .counter, "CPU time, user and system", figures.processorSeconds
            ),
            one(
                "process_start_time_seconds", .gauge, "Start of the process, since 1970",
                figures.startSeconds),
            one("process_open_fds", .gauge, "Open file descriptors", figures.openFiles.map(Double.init)),
            one(
                "process_max_fds", .gauge, "Maximum of open file descriptors",
                figures.mostOpenFiles.map(Double.init)),
        ]
    }

    private static func one(_ name: String, _ kind: Kind, _ help: String, _ value: Double?) -> Metric {
        Metric(name, kind, help, value.map { [Sample($0)] } ?? [])
    }
}
