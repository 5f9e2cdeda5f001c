#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What the operating system refused to do to a file.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, and what is wrong with it.
    public let description: String

    init(_ path: String, _ problem: String) {
        description = "\(path): \(problem)"
    }

    /// The last system call's complaint about `path`.
    static func last(_ path: String) -> FileError {
        FileError(path, String(cString: strerror(errno)))
    }
}

/// The few things done to files that SQLite does not do by itself.
enum PrivateFile {
    /// Whether anything is there, be it a link to nowhere.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Makes `path` an empty file that its owner alone can read; gives `false` where it is there already.
    static func create(_ path: String) throws(FileError) -> Bool {
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            if errno == EEXIST { return false }
            throw .last(path)
        }
        close(file)
        return true
    }

    /// Takes a file away from everyone but its owner. By its path: to open and close a database's file
    /// would drop the locks of every connection this process has to it
    /// (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    static func restrict(_ path: String) throws(FileError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .last(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(path, "this is not a file") }
        guard chmod(path, 0o600) == 0 else { throw .last(path) }
    }

    /// Waits until a file or directory is on the disk.
    static func sync(_ path: String) throws(FileError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .last(path) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw .last(path) }
    }

    /// Gives a finished file its name, for good.
    static func rename(_ old: String, to new: String) throws(FileError) {
        guard !exists(new) else { throw FileError(new, "the file exists") }
        #if canImport(Glibc)
        guard Glibc.rename(old, new) == 0 else { throw .last(new) }
        #else
        guard Darwin.rename(old, new) == 0 else { throw .last(new) }
        #endif
        let directory = new.lastIndex(of: "/").map { $0 == new.startIndex ? "/" : String(new[..<$0]) } ?? "."
        try sync(directory)
    }

    /// Removes a file where it is there.
    static func remove(_ path: String) {
        unlink(path)
    }
}
