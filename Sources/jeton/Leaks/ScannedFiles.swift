import Glibc
import Leaks
import Tokens

/// The files that are searched for secrets.
enum ScannedFiles {
    /// Searches a file, all files below a folder, or standard input, which is `-`. Links and what is no file are passed over
    /// within folders. Returns how many files and folders within a folder could not be read, which are reported.
    static func search(_ path: String, with scan: FileScan) throws(CommandFailure) -> Int {
        if path == "-" {
            scan.search("standard input", pieces(of: 0))
            return 0
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .failed("\(shown(path)) cannot be read: \(Files.Fault.last.reason)")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            try searchFile(path, with: scan)
            return 0
        }
        var unread = 0
        for file in files(below: path, &unread) {
            do throws(CommandFailure) {
                try searchFile(file, with: scan)
            } catch {
                report(error.description)
                unread += 1
            }
        }
        return unread
    }

    private static func searchFile(_ path: String, with scan: FileScan) throws(CommandFailure) {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard file >= 0 else { throw .failed("\(shown(path)) cannot be read: \(Files.Fault.last.reason)") }
        defer { close(file) }
        scan.search(path, pieces(of: file))
    }

    private static func pieces(of file: Int32) -> () throws -> [UInt8] {
        {
            var piece = [UInt8](repeating: 0, count: 256 * 1024)
            while true {
                let count = Glibc.read(file, &piece, piece.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw Files.Fault.last }
                return Array(piece.prefix(count))
            }
        }
    }

    /// The files below a folder, in order; counts what cannot be read.
    private static func files(below folder: String, _ unread: inout Int) -> [String] {
        guard let opened = opendir(folder) else {
            report("\(shown(folder)) cannot be read: \(Files.Fault.last.reason)")
            unread += 1
            return []
        }
        defer { closedir(opened) }
        var names: [String] = []
        while let entry = readdir(opened) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        var files: [String] = []
        for name in names.sorted() {
            let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else {
                report("\(shown(path)) cannot be read: \(Files.Fault.last.reason)")
                unread += 1
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: files += self.files(below: path, &unread)
            case S_IFREG: files.append(path)
            default: break
            }
        }
        return files
    }

    /// What stands in a line that a scanner names; `nil` where it cannot be read, or has no secret.
    static func finding(at place: FindingPlace, format: TokenFormat) -> LeakFinding? {
        guard let bytes = try? Files.read(place.path, limit: 64 << 20) else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.indices.contains(place.line - 1) else { return nil }
        let finding = LeakFinding(
            in: [String(decoding: lines[place.line - 1], as: UTF8.self)], at: "\(place.path):\(place.line)",
            source: "detect-secrets", format: format)
        return finding.secrets.isEmpty ? nil : finding
    }
}

/// Prints how far a search is, in one line of a terminal that is rewritten.
final class ScanProgress {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var printedAt = ContinuousClock.now
    private var hasPrinted = false

    func report(_ scan: FileScan) {
        guard isTerminal, ContinuousClock.now - printedAt > .milliseconds(200) else { return }
        printedAt = .now
        hasPrinted = true
        Output.mention(
            "\r\u{1B}[Ksearched \(scan.files) files, \(LeakReportText.size(scan.bytes)); \(scan.found.count) found"
        )
    }

    /// Removes the line.
    func end() {
        if hasPrinted { Output.mention("\r\u{1B}[K") }
        hasPrinted = false
    }
}
