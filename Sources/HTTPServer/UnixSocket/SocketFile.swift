import Glibc

/// The file of a unix socket that this process listens on.
struct SocketFile: Sendable {
    let path: String
    private let device: dev_t
    /// While the socket is open, no other file gets this number.
    private let number: ino_t

    /// Creates the file by `bind`, in place of a stale one, and begins to listen. Throws if a server listens there, or if
    /// the file is no socket.
    init(
        _ path: String, _ access: LocalServer.SocketPermissions, binding descriptor: Int32, backlog: Int32
    ) throws(ServerError) {
        guard let target = SocketAddress(path: path) else { throw .pathTooLong(path) }
        let lock = try FolderLock(of: path)
        defer { lock?.release() }
        try Self.removeStale(path, target)
        guard target.call(bind, on: descriptor) == 0 else { throw .cannotListen(at: path, errno) }
        do throws(ServerError) {
            // Nobody can connect between `bind` and `listen`, so mode and group are set in time.
            try Self.give(path, to: access.group)
            var status = stat()
            guard chmod(path, access.mode) == 0, lstat(path, &status) == 0,
                Glibc.listen(descriptor, backlog) == 0
            else { throw .cannotListen(at: path, errno) }
            self.path = path
            (device, number) = (status.st_dev, status.st_ino)
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Removes the file, so that no client connects any more. The file of another process that has taken the path
    /// meanwhile is left alone.
    func remove() {
        let lock = (try? FolderLock(of: path)) ?? nil
        defer { lock?.release() }
        var status = stat()
        guard lstat(path, &status) == 0, status.st_dev == device, status.st_ino == number else { return }
        unlink(path)
    }

    /// Removes a stale socket file; throws if a server still listens on it.
    private static func removeStale(_ path: String, _ target: SocketAddress) throws(ServerError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
        let probe = try ListeningSocket.open(AF_UNIX, path)
        defer { close(probe) }
        // EAGAIN means a full backlog, so a server listens.
        if target.call(connect, on: probe) == 0 || errno == EAGAIN { throw .addressInUse(path) }
        unlink(path)
    }

    /// Changes the group of the file.
    private static func give(_ path: String, to name: String?) throws(ServerError) {
        guard let name else { return }
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        var room = [CChar](repeating: 0, count: 1 << 16)
        guard getgrnam_r(name, &entry, &room, room.count, &found) == 0, found != nil else {
            throw .noSuchGroup(path, group: name)
        }
        guard chown(path, uid_t.max, entry.gr_gid) == 0 else { throw .cannotListen(at: path, errno) }
    }
}

/// A lock on the folder of a socket file, so that of two servers that start at once on a stale file, the second finds the
/// first one listening.
private struct FolderLock {
    private let descriptor: Int32

    /// How long to wait for it, in microseconds.
    private static let patience = 2_000_000
    private static let pause = 5000

    /// The lock; `nil` where there can be none, as in a folder that cannot be read. Throws if somebody keeps it.
    init?(of path: String) throws(ServerError) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var waited = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                close(descriptor)
                return nil
            }
            guard waited < Self.patience else {
                close(descriptor)
                throw .cannotListen(path, reason: "another process keeps a lock (flock) on its folder")
            }
            usleep(useconds_t(Self.pause))
            waited += Self.pause
        }
    }

    func release() {
        close(descriptor)
    }
}
