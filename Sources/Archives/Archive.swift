internal import CArchive
internal import Glibc

/// An archive, or a compressed file, read from the beginning to the end with libarchive
/// (<https://github.com/libarchive/libarchive/wiki>), whatever its size.
///
///     let archive = try Archive(.files) { try source.next() }
///     while let path = try archive.next() {
///         while case let bytes = try archive.read(), !bytes.isEmpty { … }
///     }
///
/// The only file that uses `CArchive`; no pointer leaves it. No program is run for any format.
public final class Archive {
    private let archive: OpaquePointer
    private let source: Source
    private var buffer = [UInt8](repeating: 0, count: 256 * 1024)

    /// What is read. A compressed archive is both, one in the other: a file of zeros that is compressed would else pass for an
    /// empty archive.
    public enum Kind: Hashable, Sendable {
        /// A single file without a name: gzip, bzip2, xz, lzma, zstd, lz4, compress.
        case compressed
        /// Files: tar, zip, cpio, ar.
        case files
    }

    /// Opens an archive.
    ///
    /// - Parameter chunk: the next bytes of the archive; none at its end.
    public init(_ kind: Kind, _ chunk: @escaping () throws -> [UInt8]) throws(ArchiveFault) {
        guard let archive = archive_read_new() else { throw ArchiveFault(reason: "out of memory") }
        self.archive = archive
        source = Source(chunk)
        for support in Self.supports(kind) { _ = support(archive) }
        let context = Unmanaged.passUnretained(source).toOpaque()
        let code = archive_read_open(
            archive, context, nil,
            { archive, context, start in
                guard let archive, let context, let start else { return -1 }
                let source = Unmanaged<Source>.fromOpaque(context).takeUnretainedValue()
                return source.fill(start, archive)
            }, nil)
        guard code >= ARCHIVE_WARN else { throw fault }
    }

    deinit {
        archive_read_free(archive)
    }

    private static func supports(_ kind: Kind) -> [(OpaquePointer?) -> Int32] {
        switch kind {
        case .compressed:
            [
                archive_read_support_filter_gzip, archive_read_support_filter_bzip2,
                archive_read_support_filter_xz, archive_read_support_filter_lzma,
                archive_read_support_filter_zstd, archive_read_support_filter_lz4,
                archive_read_support_filter_compress, archive_read_support_format_raw,
            ]
        case .files:
            [
                archive_read_support_format_tar, archive_read_support_format_zip_streamable,
                archive_read_support_format_cpio, archive_read_support_format_ar,
            ]
        }
    }

    /// Goes on to the next file and returns its path; `nil` at the end. A file without a name, as the content of a compressed
    /// one, has an empty path. Folders and links are passed over.
    public func next() throws(ArchiveFault) -> String? {
        while true {
            var entry: OpaquePointer?
            let code = archive_read_next_header(archive, &entry)
            if code == ARCHIVE_EOF { return nil }
            guard code >= ARCHIVE_WARN, let entry else { throw fault }
            let type = archive_entry_filetype(entry)
            guard type == S_IFREG || type == 0 else { continue }
            guard archive_entry_is_data_encrypted(entry) == 0 else {
                throw ArchiveFault(reason: "it is encrypted")
            }
            if archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_RAW {
                // The last filter is that of the bytes themselves.
                guard archive_filter_count(archive) > 1 else {
                    throw ArchiveFault(reason: "it is no archive")
                }
                return ""
            }
            return archive_entry_pathname(entry).map { String(decoding: bytes(of: $0), as: UTF8.self) } ?? ""
        }
    }

    /// The next bytes of the file; none at its end.
    public func read() throws(ArchiveFault) -> [UInt8] {
        let count = archive_read_data(archive, &buffer, buffer.count)
        guard count >= 0 else { throw fault }
        return Array(buffer.prefix(count))
    }

    private var fault: ArchiveFault {
        if let failure = source.failure { return ArchiveFault(reason: "\(failure)") }
        guard let text = archive_error_string(archive) else { return ArchiveFault(reason: "it is damaged") }
        return ArchiveFault(reason: String(decoding: bytes(of: text), as: UTF8.self))
    }

    private func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
        Array(UnsafeBufferPointer(start: text, count: strlen(text))).map { UInt8(bitPattern: $0) }
    }
}

/// Why an archive cannot be read on.
public struct ArchiveFault: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String
    public var description: String { reason }

    public init(reason: String) {
        self.reason = reason
    }
}

/// Where libarchive reads from. The bytes that it was handed stay until it asks for the next ones.
private final class Source {
    private let chunk: () throws -> [UInt8]
    private var held: UnsafeMutableBufferPointer<UInt8>?
    private(set) var failure: (any Error)?

    init(_ chunk: @escaping () throws -> [UInt8]) {
        self.chunk = chunk
    }

    deinit {
        held?.deallocate()
    }

    func fill(_ start: UnsafeMutablePointer<UnsafeRawPointer?>, _ archive: OpaquePointer) -> Int {
        held?.deallocate()
        held = nil
        do {
            let bytes = try chunk()
            guard !bytes.isEmpty else { return 0 }
            let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
            _ = copy.initialize(from: bytes)
            held = copy
            start.pointee = UnsafeRawPointer(copy.baseAddress)
            return bytes.count
        } catch {
            failure = error
            return -1
        }
    }
}
