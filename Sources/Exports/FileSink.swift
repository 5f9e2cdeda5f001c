import Glibc

/// Appends events to a file, one on each line (JSON lines).
///
/// The file is opened for each batch, so that logrotate may rename it at any time. What was written is on the disk
/// when ``send(_:)`` returns. A line that a crash or a full disk has cut is ended before the next one, and its event
/// is written again.
public struct FileSink: EventSink {
    public let place: String

    public init(path: String) {
        place = path
    }

    public func send(_ events: [WrittenEvent]) async throws(ExportFault) {
        let file = open(place, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard file >= 0 else { throw Self.fault(place) }
        defer { close(file) }
        var bytes = try isCut(file) ? Array("\n".utf8) : []
        for event in events { bytes += Array("\(event.text)\n".utf8) }
        try write(bytes, to: file)
        // A pipe or a terminal has no disk to wait for.
        guard fdatasync(file) == 0 || errno == EINVAL || errno == EROFS else { throw Self.fault(place) }
    }

    /// Whether the last line lacks its end.
    private func isCut(_ file: Int32) throws(ExportFault) -> Bool {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Self.fault(place) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { return false }
        var last: UInt8 = 0
        guard pread(file, &last, 1, status.st_size - 1) == 1 else { throw Self.fault(place) }
        return last != UInt8(ascii: "\n")
    }

    private func write(_ bytes: [UInt8], to file: Int32) throws(ExportFault) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.fault(place) }
            rest = rest.dropFirst(count)
        }
    }

    private static func fault(_ path: String) -> ExportFault {
        ExportFault("cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
