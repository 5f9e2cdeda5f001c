import Glibc

/// Operations on files, other than the ledger's.
enum Files {
    /// A failed system call: an error number (errno(3)).
    struct Fault: Error, Hashable, Sendable {
        let number: Int32

        var reason: String { String(cString: strerror(number)) }
        /// Whether a pipe's reader is gone (EPIPE).
        var isClosedPipe: Bool { number == EPIPE }

        static var last: Self { Self(number: errno) }
    }

    /// The contents of a file. If it is longer than `limit`, returns `limit` + 1 bytes.
    static func read(_ path: String, limit: Int) throws(Fault) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .last }
        defer { close(file) }
        return try read(file, limit: limit)
    }

    /// The rest of an open file. If it is longer than `limit`, returns `limit` + 1 bytes.
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

    /// Writes a new file that only its owner can read: atomically, and synchronised to the disk.
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

    /// The permissions and the owner of a file; `nil` if there is none.
    static func permissions(of path: String) throws(Fault) -> (mode: UInt32, owner: UInt32, isFolder: Bool)? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw .last
        }
        return (status.st_mode & 0o777, status.st_uid, status.st_mode & S_IFMT == S_IFDIR)
    }

    /// Creates an empty file that only its owner can read, unless one exists.
    static func createFile(_ path: String) throws(Fault) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file < 0 else {
            close(file)
            return
        }
        guard errno == EEXIST else { throw .last }
    }

    /// Whether there is a file that this process can see.
    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// Whether this process may create files in a folder.
    static func isWritable(_ folder: String) -> Bool {
        access(folder, W_OK | X_OK) == 0
    }

    /// Creates a folder that only its owner can enter, and missing folders above it.
    static func createFolder(_ path: String) throws(Fault) {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw .last
        }
        try createFolder(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .last }
    }

    /// The names of the files in a folder, in no order.
    static func names(in folder: String) throws(Fault) -> [String] {
        guard let stream = opendir(folder) else { throw .last }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { name in
                    name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    /// `path` as an absolute path.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return "\(String(cString: here))/\(path)"
    }
}
