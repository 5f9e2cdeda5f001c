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

/// Which file a name leads to.
struct FileIdentity: Hashable, Sendable, CustomStringConvertible {
    /// The file system's number, and the file's within it.
    let device, inode: UInt64
    /// How many names it has.
    let names: UInt64

    static func == (left: Self, right: Self) -> Bool {
        left.device == right.device && left.inode == right.inode
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(device)
        hasher.combine(inode)
    }

    /// Of an open file.
    init?(_ file: Int32) {
        var status = stat()
        guard fstat(file, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of the file at `path`, with links followed; `nil` where there is none.
    init?(_ path: String) throws(Files.Fault) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw .last
        }
        self.init(status)
    }

    private init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        // A folder has a name for each that is in it; SQLite refuses what is no file.
        names = status.st_mode & S_IFMT == S_IFREG ? UInt64(status.st_nlink) : 1
    }

    /// `device:inode`, as two processes of one machine compare it.
    var description: String { "\(device):\(inode)" }
}

/// What is known of file systems.
enum FileSystem {
    private static let shared = ["nfs", "nfs4", "cifs", "smb3"]

    /// Whether the file system of that number is one that other machines may have, too. There a lock by flock(2)
    /// either holds on this machine alone, or is one of fcntl(2) that keeps SQLite out as well.
    static func isShared(_ device: UInt64) -> Bool {
        guard let table = try? Files.read("/proc/self/mountinfo", limit: 1 << 20) else { return false }
        return isShared(device, in: String(decoding: table, as: UTF8.self))
    }

    /// The same by the system's table of mounts (proc_pid_mountinfo(5)): the number stands in the third column, the
    /// type behind ` - `.
    static func isShared(_ device: UInt64, in table: String) -> Bool {
        // As gnu_dev_major(3) takes it apart.
        let major = device >> 8 & 0xFFF | device >> 32 & ~0xFFF
        let minor = device & 0xFF | device >> 12 & ~0xFF
        return table.split(separator: "\n").contains { line in
            let words = line.split(separator: " ")
            guard words.count > 2, words[2] == "\(major):\(minor)", let dash = words.lastIndex(of: "-"),
                dash + 1 < words.count
            else { return false }
            return shared.contains(String(words[dash + 1]))
        }
    }
}
