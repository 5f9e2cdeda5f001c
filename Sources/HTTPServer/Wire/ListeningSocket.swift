import Glibc
import Tokens

/// A listening socket. It is opened here and not by libmicrohttpd, to report errors precisely. A daemon that gets it
/// closes it.
struct ListeningSocket: Sendable {
    let descriptor: Int32
    /// `nil` for a unix socket.
    let port: UInt16?
    /// The file of a unix socket that this process opened.
    private let file: SocketFile?

    init(_ listen: Server.Listen) throws(ServerError) {
        switch listen {
        case .tcp(let address, let port): try self.init(address, port: port)
        case .operatorSocket(let path): try self.init(path: path, LocalServer.SocketPermissions())
        case .proxySocket(let path, let access): try self.init(path: path, access)
        case .inherited(let socket):
            socket.prepare()
            self.init(descriptor: socket.descriptor, port: socket.port)
        }
    }

    private init(descriptor: Int32, port: UInt16?) {
        self.descriptor = descriptor
        self.port = port
        file = nil
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
            let fault = ServerError.cannotListen(at: name, errno)
            close(descriptor)
            throw fault
        }
        self.init(descriptor: descriptor, port: SocketAddress.port(of: descriptor))
    }

    /// A unix socket in place of a stale file at `path`.
    init(path: String, _ access: LocalServer.SocketPermissions) throws(ServerError) {
        let descriptor = try Self.open(AF_UNIX, path)
        do throws(ServerError) {
            file = try SocketFile(path, access, binding: descriptor, backlog: Self.backlog)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        port = nil
    }

    /// The length of the accept queue, up to the system's limit (listen(2)). When that of a unix socket is full, clients do
    /// not wait but fail.
    private static let backlog: Int32 = 4096

    static func open(_ family: Int32, _ name: String) throws(ServerError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw .cannotListen(name, reason: String(cString: strerror(errno))) }
        return descriptor
    }

    /// Removes the socket file, so that no client connects and the next server can use the path.
    func unlinkPath() {
        file?.remove()
    }
}
