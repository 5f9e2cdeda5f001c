import Glibc

/// The lock on a ledger's file, held by one process at a time, whether it opened the file directly, through a link or
/// from another data folder.
///
/// It is an flock(2) lock on the database itself, independent of SQLite's own fcntl(2) locks. Take it before SQLite
/// opens the file, and keep it until SQLite has closed the file or the process ends: closing any descriptor of a file
/// drops all fcntl(2) locks of the process on it (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).
struct LedgerLock: Sendable {
    /// The path of the file, with all links resolved.
    let path: String
    let identity: FileIdentity
    private let lock: FileLock

    /// The lock on the file at `path`; `nil` if another process holds it. With `creates`, creates an empty file if
    /// there is none.
    static func take(_ path: String, creates: Bool = false) throws(CommandFailure) -> LedgerLock? {
        do throws(Files.Fault) {
            if creates { try Files.makeFile(path) }
            return try lock(path)
        } catch {
            throw .failed("cannot open the ledger \(path): \(error.reason)")
        }
    }

    private static func lock(_ path: String) throws(Files.Fault) -> LedgerLock? {
        while true {
            // `O_NONBLOCK`: opening a pipe would wait for its other end.
            let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            guard file >= 0 else { throw .last }
            guard let lock = try FileLock.take(file) else { return nil }
            // The file may have been replaced in the meantime.
            guard let identity = FileIdentity(file), try identity == FileIdentity(path) else { continue }
            guard let resolved = realpath(path, nil) else { throw .last }
            defer { free(resolved) }
            return LedgerLock(path: String(cString: resolved), identity: identity, lock: lock)
        }
    }

    /// Refuses a file that SQLite could corrupt: one with hard links, or on a network file system.
    func expectSafe() throws(CommandFailure) {
        guard identity.names == 1 else {
            throw .failed(
                "the ledger \(path) has a hard link, but SQLite's log is only beside one of the two names: "
                    + "remove the other name (find it with `find -samefile \(path)`)")
        }
        guard !FileSystem.isShared(identity.device) else {
            throw .failed(
                "the ledger \(path) is on a network file system, where SQLite's log does not work and the file "
                    + "cannot be locked: put it on a local disk, or use PostgreSQL")
        }
    }
}
