import Glibc

/// The few things that are done with files besides the ledger's.
enum Files {
    /// Why a file could not be read or written, in the system's words.
    struct Fault: Error, Hashable, Sendable {
        let number: Int32

        var reason: String { String(cString: strerror(number)) }
        /// Whether nobody reads any more what was written to a pipe.
        var isClosedPipe: Bool { number == EPIPE }

        static var last: Self { Self(number: errno) }
    }

    /// All bytes of a file; one byte beyond `limit` tells that there are more.
    static func read(_ path: String, limit: Int) throws(Fault) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .last }
        defer { close(file) }
        return try read(file, limit: limit)
    }

    /// All bytes that can be read from an open file; one byte beyond `limit` tells that there are more.
    static func read(_ file: Int32, limit: Int) throws(Fault) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            var piece = [UInt8](repeating: 0, count: min(65_536, limit + 1 - bytes.count))
            let count = Glibc.read(file, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last }
            if count == 0 { break }
            bytes += piece.prefix(count)
        }
        return bytes
    }

    /// Writes a new file that only its owner may read, whole or not at all, and lasting.
    static func write(_ bytes: [UInt8], to path: String) throws(Fault) {
        let draft = path + ".new"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .last }
        let isWritten = Glibc.write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        let fault = Fault.last
        close(file)
        guard isWritten else { throw fault }
        guard rename(draft, path) == 0 else { throw .last }
    }

    /// What is known of a file: its mode's permissions and whose it is; `nil` where there is none.
    static func permissions(of path: String) throws(Fault) -> (mode: UInt32, owner: UInt32, isFolder: Bool)? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw .last
        }
        return (status.st_mode & 0o777, status.st_uid, status.st_mode & S_IFMT == S_IFDIR)
    }

    /// Makes an empty file that only its owner may read, unless something is there.
    static func makeFile(_ path: String) throws(Fault) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file < 0 else {
            close(file)
            return
        }
        guard errno == EEXIST else { throw .last }
    }

    /// Whether there is a file that this process may look at.
    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// Makes a folder that only its owner may enter, and those above it where they are missing.
    static func makeFolder(_ path: String) throws(Fault) {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw .last
        }
        try makeFolder(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .last }
    }

    /// `path` as another process finds it.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return "\(String(cString: here))/\(path)"
    }
}
