import Glibc
import Tokens

/// A listening socket. It is opened here and not by libmicrohttpd, to report errors precisely. A daemon that gets it
/// closes it.
struct ListeningSocket: Sendable {
    let descriptor: Int32
    /// `nil` for a unix socket.
    let port: UInt16?
    private let path: String?

    init(_ listen: Server.Listen) throws(ServerError) {
        switch listen {
        case .tcp(let address, let port): try self.init(address, port: port)
        case .unix(let path): try self.init(path: path, LocalServer.Access())
        }
    }

    private init(_ address: IPAddress, port: UInt16) throws(ServerError) {
        let name = address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)"
        let target = SocketAddress(address, port: port)
        let descriptor = try Self.open(target.family, name)
        var on: Int32 = 1, off: Int32 = 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        if target.family == AF_INET6 {
            // Dual-stack, whatever the system's default.
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size)
        }
        guard target.call(bind, on: descriptor) == 0, Glibc.listen(descriptor, Self.backlog) == 0 else {
            throw Self.failure(name, closing: descriptor)
        }
        self.descriptor = descriptor
        self.port = SocketAddress.port(of: descriptor)
        path = nil
    }

    init(path: String, _ access: LocalServer.Access) throws(ServerError) {
        guard let target = SocketAddress(path: path) else { throw .pathTooLong(path) }
        try Self.removeStale(path, target)
        let descriptor = try Self.open(AF_UNIX, path)
        // Nobody can connect between `bind` and `listen`, so mode and group are set in time.
        guard target.call(bind, on: descriptor) == 0, try Self.give(path, to: access.group),
            chmod(path, access.mode) == 0, Glibc.listen(descriptor, Self.backlog) == 0
        else { throw Self.failure(path, closing: descriptor) }
        self.descriptor = descriptor
        port = nil
        self.path = path
    }

    /// The length of the accept queue.
    private static let backlog: Int32 = 1024

    private static func open(_ family: Int32, _ name: String) throws(ServerError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw .cannotListen(name, reason: String(cString: strerror(errno))) }
        return descriptor
    }

    /// Removes a stale socket file; throws if a server still listens on it.
    private static func removeStale(_ path: String, _ target: SocketAddress) throws(ServerError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
        let probe = try open(AF_UNIX, path)
        defer { close(probe) }
        // EAGAIN means a full backlog, so a server listens.
        if target.call(connect, on: probe) == 0 || errno == EAGAIN { throw .addressInUse(path) }
        unlink(path)
    }

    /// Changes the group of the file; `false` if the system refuses.
    private static func give(_ path: String, to name: String?) throws(ServerError) -> Bool {
        guard let name else { return true }
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        var room = [CChar](repeating: 0, count: 1 << 16)
        guard getgrnam_r(name, &entry, &room, room.count, &found) == 0, found != nil else {
            unlink(path)
            throw .noSuchGroup(path, group: name)
        }
        return chown(path, uid_t.max, entry.gr_gid) == 0
    }

    private static func failure(_ name: String, closing descriptor: Int32) -> ServerError {
        let code = errno
        close(descriptor)
        return switch code {
        case EADDRINUSE: .addressInUse(name)
        case EACCES, EPERM: .notPermitted(name)
        case EADDRNOTAVAIL: .addressNotAvailable(name)
        default: .cannotListen(name, reason: String(cString: strerror(code)))
        }
    }

    /// Removes the socket file, so that no client connects and the next server can use the path.
    func unlinkPath() {
        if let path { unlink(path) }
    }
}
