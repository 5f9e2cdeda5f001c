import Glibc
import Metrics

/// What the system says of this process (proc(5)). What it does not say is `nil`.
struct ProcessFigures: Hashable, Sendable {
    /// How many bytes of it are in memory.
    let residentBytes: Int?
    /// How many bytes it has addresses for.
    let virtualBytes: Int?
    /// For how many seconds processors worked for it.
    let processorSeconds: Double?
    /// When it was started, in seconds since 1970.
    let startSeconds: Double?
    /// How many files and connections it has open.
    let openFiles: Int?
    /// How many it may have open.
    let mostOpenFiles: Int?

    /// The figures of this moment.
    static var now: Self {
        let stat = (try? Files.read("/proc/self/stat", limit: 4096)).map {
            String(decoding: $0, as: UTF8.self)
        }
        // The program's name stands in parentheses, and may hold any of these.
        let fields = stat?.split(separator: ")").last?.split(separator: " ").map { Double($0) ?? 0 } ?? []
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        // By their numbers in proc(5), of which the third is the first behind the name.
        func field(_ number: Int) -> Double? { number - 3 < fields.count ? fields[number - 3] : nil }
        return Self(
            residentBytes: field(24).map { Int($0) * sysconf(Int32(_SC_PAGESIZE)) },
            virtualBytes: field(23).map { Int($0) },
            processorSeconds: field(14).flatMap { user in field(15).map { (user + $0) / ticks } },
            startSeconds: field(22).flatMap { start in bootSeconds.map { $0 + start / ticks } },
            openFiles: openFilesNow, mostOpenFiles: mostOpenFilesNow)
    }

    /// When the machine was started.
    private static var bootSeconds: Double? {
        // It is behind a line for each processor and one of all interrupts.
        guard let bytes = try? Files.read("/proc/stat", limit: 1 << 20) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst("btime ".count)) }
    }

    private static var openFilesNow: Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Neither the two dots nor the folder that is just being read.
        return count - 3
    }

    private static var mostOpenFilesNow: Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return limit.rlim_cur == rlim_t.max ? nil : Int(limit.rlim_cur)
    }
}

extension Metric {
    /// A process's figures, under the names that Prometheus's own libraries give them.
    static func ofProcess(_ figures: ProcessFigures) -> [Metric] {
        [
            one(
                "process_resident_memory_bytes", .gauge, "Memory in use",
                figures.residentBytes.map(Double.init)),
            one(
                "process_virtual_memory_bytes", .gauge, "Addresses in use",
                figures.virtualBytes.map(Double.init)),
            one(
                "process_cpu_seconds_total", .counter, "Time that processors worked", figures.processorSeconds
            ),
            one(
                "process_start_time_seconds", .gauge, "When the process was started, since 1970",
                figures.startSeconds),
            one("process_open_fds", .gauge, "Open files and connections", figures.openFiles.map(Double.init)),
            one(
                "process_max_fds", .gauge, "The most of them that are allowed",
                figures.mostOpenFiles.map(Double.init)),
        ]
    }

    private static func one(_ name: String, _ kind: Kind, _ help: String, _ value: Double?) -> Metric {
        Metric(name, kind, help, value.map { [Sample($0)] } ?? [])
    }
}
