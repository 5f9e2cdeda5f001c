#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

extension Database {
    /// The ID of another process that has the file at `path` open as a database; `nil` where there is none.
    ///
    /// A connection in WAL mode keeps a shared lock on bytes of the file while it is open
    /// (<https://www.sqlite.org/fileformat2.html#the_lock_byte_page>). Do not call it while this process has
    /// the file open: closing any descriptor of the file drops this process's own locks
    /// (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).
    /// - Throws: ``FileError``.
    public static func otherUser(of path: String) throws -> Int32? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileError.last(path) }
        defer { close(file) }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        // From the pending byte to the end of the shared range.
        lock.l_start = 0x4000_0000
        lock.l_len = 512
        guard fcntl(file, F_GETLK, &lock) == 0 else { throw FileError.last(path) }
        return lock.l_type == Int16(F_UNLCK) ? nil : lock.l_pid
    }
}
