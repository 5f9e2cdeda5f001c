internal import Archives
public import Tokens

/// Searches files for secrets: logs, archives in archives, images of containers, HAR files.
///
///     let scan = FileScan(format: format)
///     scan.search("build.tar.gz") { try file.next() }
///     for found in scan.found { … found.place … } // build.tar.gz!logs/deploy.log:17
///
/// It keeps a piece of each file at a time in memory, whatever the size. One thread uses it.
public final class FileScan {
    /// A secret, and where it is.
    public struct Found: Sendable {
        public let secret: TokenSecret
        /// `FILE!PATH IN IT:LINE`, or `FILE!PATH IN IT@OFFSET` where it is no text.
        public let place: String
    }

    /// What is searched at most.
    public struct Limits: Hashable, Sendable {
        /// The most archives that are within each other.
        public var depth = 16
        /// How many times its size a file may unpack to, in any case ``least`` bytes.
        public var ratio = 200
        public var least = 1 << 30
        /// The most secrets that are kept; a warning says that there were more.
        public var found = 100_000

        public init() {}
    }

    public private(set) var found: [Found] = []
    /// What was not searched, or not as it should have been, as a sentence each.
    public private(set) var warnings: [String] = []
    public private(set) var files = 0
    /// The bytes that were searched, unpacked.
    public private(set) var bytes = 0

    private let format: TokenFormat
    private let limits: Limits
    private let progress: (FileScan) -> Void
    /// Of the present file: what was read of it, and what that unpacked to.
    private var read = 0
    private var unpacked = 0

    /// - Parameter progress: called after every piece.
    public init(
        format: TokenFormat, limits: Limits = Limits(), progress: @escaping (FileScan) -> Void = { _ in }
    ) {
        self.format = format
        self.limits = limits
        self.progress = progress
    }

    private struct Bomb: Error {}

    /// Searches a file.
    ///
    /// - Parameter chunk: its next bytes; none at its end.
    public func search(_ name: String, _ chunk: @escaping () throws -> [UInt8]) {
        (read, unpacked) = (0, 0)
        do {
            try search(name, depth: 0) { [self] in
                let bytes = try chunk()
                read += bytes.count
                return bytes
            }
        } catch is Bomb {
            warnings.append(
                "\(name) unpacks to more than \(max(limits.least, read * limits.ratio) >> 20) MiB: it was searched no further"
            )
        } catch {
            warnings.append("\(name) was not read to its end: \(error)")
        }
    }

    private func search(_ name: String, depth: Int, _ chunk: @escaping () throws -> [UInt8]) throws {
        let source = Pieces(chunk)
        let head = try source.head()
        guard let kind = Archive.Kind(of: head) else { return try searchBytes(name, source) }
        guard depth < limits.depth else {
            warnings.append("\(name) is an archive within \(depth) others: it was searched as it is, packed")
            return try searchBytes(name, source)
        }
        let archive: Archive
        do throws(ArchiveFault) {
            archive = try source.recording { () throws(ArchiveFault) in
                try Archive(kind) { try source.next() }
            }
        } catch {
            // It only looked like one.
            source.rewind()
            return try searchBytes(name, source)
        }
        do throws(ArchiveFault) {
            var isEmpty = true
            while let path = try archive.next() {
                isEmpty = false
                source.forget()
                let inner = path.isEmpty ? name : "\(name)!\(format.place(path))"
                try searchFile(inner, of: archive, depth: depth)
            }
            if isEmpty { throw ArchiveFault(reason: "it has no files") }
        } catch {
            if unpacked > limit { throw Bomb() }
            if source.isWhole {
                source.rewind()
                return try searchBytes(name, source)
            }
            warnings.append("\(name) cannot be unpacked (\(error)): the rest was searched as it is")
            try searchBytes(name, source)
        }
    }

    private var limit: Int {
        max(limits.least, read.multipliedReportingOverflow(by: limits.ratio).partialValue)
    }

    private func searchFile(_ name: String, of archive: Archive, depth: Int) throws(ArchiveFault) {
        do {
            try search(name, depth: depth + 1) { [self] in
                let bytes = try archive.read()
                unpacked += bytes.count
                if unpacked > limit { throw Bomb() }
                return bytes
            }
        } catch let fault as ArchiveFault {
            throw fault
        } catch {
            throw ArchiveFault(reason: "\(error)")
        }
    }

    private func searchBytes(_ name: String, _ source: Pieces) throws {
        files += 1
        var search = SecretSearch(format: format)
        defer {
            search.finish()
            for hit in search.hits {
                guard found.count < limits.found else {
                    warnOfMore()
                    break
                }
                let place = search.isBinary ? "\(name)@\(hit.offset)" : "\(name):\(hit.line)"
                found.append(Found(secret: hit.secret, place: format.blotting(place)))
            }
        }
        while case let piece = try source.next(), !piece.isEmpty {
            bytes += piece.count
            search.feed(piece)
            progress(self)
        }
    }

    private func warnOfMore() {
        let warning =
            "only the first \(limits.found) texts in the form of a token were looked up: search the files in parts"
        if !warnings.contains(warning) { warnings.append(warning) }
    }
}

/// The pieces of a file, of which the first ones can be read again.
private final class Pieces {
    private let chunk: () throws -> [UInt8]
    private var waiting: [[UInt8]] = []
    private var recorded: [[UInt8]]?

    init(_ chunk: @escaping () throws -> [UInt8]) {
        self.chunk = chunk
    }

    /// The first bytes: enough to tell an archive.
    func head() throws -> [UInt8] {
        var head: [UInt8] = []
        while head.count < Archive.Kind.headLength, case let piece = try chunk(), !piece.isEmpty {
            head += piece
        }
        if !head.isEmpty { waiting.append(head) }
        return head
    }

    func next() throws -> [UInt8] {
        let piece = waiting.isEmpty ? try chunk() : waiting.removeFirst()
        recorded?.append(piece)
        return piece
    }

    /// Remembers what is read, until ``forget()``.
    func recording<R>(_ body: () throws(ArchiveFault) -> R) throws(ArchiveFault) -> R {
        recorded = []
        return try body()
    }

    func forget() { recorded = nil }

    /// Whether all that was read can be read again.
    var isWhole: Bool { recorded != nil }

    /// Lets what was remembered be read again.
    func rewind() {
        waiting = (recorded ?? []).filter { !$0.isEmpty } + waiting
        recorded = nil
    }
}

/// The formats of archives and compressed files, by their first bytes.
extension Archive.Kind {
    fileprivate static let headLength = 512

    private static let compressed: [[UInt8]] = [
        [0x1F, 0x8B], Array("BZh".utf8), [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], [0x28, 0xB5, 0x2F, 0xFD],
        [0x04, 0x22, 0x4D, 0x18], [0x1F, 0x9D], [0x5D, 0x00, 0x00],
    ]

    private static let files = ["PK\u{3}\u{4}", "070701", "070702", "070707", "!<arch>\n"].map {
        Array($0.utf8)
    }

    /// `nil` for what is neither compressed nor an archive.
    fileprivate init?(of head: [UInt8]) {
        if Self.compressed.contains(where: head.starts) {
            self = .compressed
        } else if Self.files.contains(where: head.starts)
            || head.dropFirst(257).starts(with: Array("ustar".utf8))
        {
            self = .files
        } else {
            return nil
        }
    }
}
