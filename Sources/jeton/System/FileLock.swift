import Glibc

/// A lock that one process at a time holds, and that is released when the process ends, however that happens
/// (flock(2)).
final class FileLock: Sendable {
    private let file: Int32

    private init(file: Int32) {
        self.file = file
    }

    deinit {
        close(file)
    }

    /// The lock on the file at `path`; `nil` if another process holds it. Creates the file if there is none.
    static func take(_ path: String) throws(Files.Fault) -> FileLock? {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .last }
        return try take(file)
    }

    /// The lock on an open file; `nil` if another process holds it. Takes over the descriptor, and closes it without a
    /// lock.
    static func take(_ file: Int32) throws(Files.Fault) -> FileLock? {
        if flock(file, LOCK_EX | LOCK_NB) == 0 { return FileLock(file: file) }
        let fault = Files.Fault.last
        close(file)
        guard fault.number == EWOULDBLOCK else { throw fault }
        return nil
    }
}
