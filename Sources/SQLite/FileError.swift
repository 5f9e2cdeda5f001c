#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// An error of the operating system about a file.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path, and what is wrong with it.
    public let description: String

    init(_ path: String, _ problem: String) {
        description = "\(path): \(problem)"
    }

    /// The error of the last system call (`strerror(errno)`).
    static func last(_ path: String) -> FileError {
        FileError(path, String(cString: strerror(errno)))
    }
}

/// Operations on files that SQLite does not do itself.
enum PrivateFile {
    /// Whether `path` exists, even as a broken link.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Creates an empty file of mode 0600; returns `false` where `path` exists.
    static func create(_ path: String) throws(FileError) -> Bool {
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            if errno == EEXIST { return false }
            throw .last(path)
        }
        close(file)
        return true
    }

    /// Removes all permissions except the owner's. It works on the path: opening and closing a database's
    /// file would drop the locks of every connection that this process has to it
    /// (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    static func restrict(_ path: String) throws(FileError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .last(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(path, "this is not a regular file") }
        guard chmod(path, 0o600) == 0 else { throw .last(path) }
    }

    /// Waits until a file or directory is on disk.
    static func sync(_ path: String) throws(FileError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .last(path) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw .last(path) }
    }

    /// Renames a finished file and waits until its name is on disk.
    static func rename(_ old: String, to new: String) throws(FileError) {
        guard !exists(new) else { throw FileError(new, "the file already exists") }
        #if canImport(Glibc)
        guard Glibc.rename(old, new) == 0 else { throw .last(new) }
        #else
        guard Darwin.rename(old, new) == 0 else { throw .last(new) }
        #endif
        let directory = new.lastIndex(of: "/").map { $0 == new.startIndex ? "/" : String(new[..<$0]) } ?? "."
        try sync(directory)
    }

    /// Removes a file if it exists.
    static func remove(_ path: String) {
        unlink(path)
    }
}
