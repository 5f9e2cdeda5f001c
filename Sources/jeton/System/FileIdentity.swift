import Glibc

/// The identity of a file, whatever its path: device and inode.
struct FileIdentity: Hashable, Sendable, CustomStringConvertible {
    let device, inode: UInt64
    /// The number of hard links.
    let names: UInt64

    static func == (left: Self, right: Self) -> Bool {
        left.device == right.device && left.inode == right.inode
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(device)
        hasher.combine(inode)
    }

    /// The identity of an open file.
    init?(_ file: Int32) {
        var status = stat()
        guard fstat(file, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The identity of the file at `path`, with links followed; `nil` if there is none.
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
        // A folder has a hard link for each subfolder; SQLite refuses to open it anyway.
        names = status.st_mode & S_IFMT == S_IFREG ? UInt64(status.st_nlink) : 1
    }

    /// `device:inode`.
    var description: String { "\(device):\(inode)" }
}

/// Information about mounted file systems.
enum FileSystem {
    private static let shared = ["nfs", "nfs4", "cifs", "smb3"]

    /// Whether the file system of that number is a network file system. There, an flock(2) lock either applies to
    /// this machine alone, or is an fcntl(2) lock, which blocks SQLite as well.
    static func isShared(_ device: UInt64) -> Bool {
        guard let table = try? Files.read("/proc/self/mountinfo", limit: 1 << 20) else { return false }
        return isShared(device, in: String(decoding: table, as: UTF8.self))
    }

    /// The same by the contents of /proc/self/mountinfo (proc_pid_mountinfo(5)): the third column has the number, and
    /// the type follows ` - `.
    static func isShared(_ device: UInt64, in table: String) -> Bool {
        // As gnu_dev_major(3) does.
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
