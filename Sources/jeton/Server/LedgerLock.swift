import Glibc

/// The lock on a ledger's file, which one process at a time holds, by whatever name it came to the file: through a
/// link, or from another data folder.
///
/// It is a lock by flock(2) on the database itself, which does not meet SQLite's own: those are of fcntl(2). It has
/// to be taken before SQLite opens the file, and kept until the process ends or SQLite has closed it, since closing
/// any descriptor of a file drops all locks of fcntl(2) that the process has on it
/// (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).
struct LedgerLock: Sendable {
    /// The file's own path, with all links followed.
    let path: String
    /// Which file it is.
    let identity: FileIdentity
    private let lock: FileLock

    /// The lock on the file at `path`, which is made, empty, where `creates` says so; `nil` where another process
    /// holds it.
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
            // No wait for the other end where it is a pipe.
            let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            guard file >= 0 else { throw .last }
            guard let lock = try FileLock.take(file) else { return nil }
            // Somebody may have put another file in its place in between.
            guard let identity = FileIdentity(file), try identity == FileIdentity(path) else { continue }
            guard let resolved = realpath(path, nil) else { throw .last }
            defer { free(resolved) }
            return LedgerLock(path: String(cString: resolved), identity: identity, lock: lock)
        }
    }

    /// Refuses a file that SQLite cannot keep whole.
    func expectSafe() throws(CommandFailure) {
        guard identity.names == 1 else {
            throw .failed(
                "the ledger \(path) has another name (a hard link), and SQLite's log lies beside one name only: "
                    + "remove the other one (find it with `find -samefile \(path)`)")
        }
        guard !FileSystem.isShared(identity.device) else {
            throw .failed(
                "the ledger \(path) is on a file system of another machine, where SQLite's log does not work and "
                    + "nobody else can be kept out: put it on a local disk, or use PostgreSQL")
        }
    }
}
