import Metrics

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
