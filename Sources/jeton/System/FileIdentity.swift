import Glibc

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
