import Glibc
public import Tokens

/// A listening socket that the service manager opened and passed to this process (sd_listen_fds(3)).
///
/// It outlives the process: clients that connect between two processes wait for the next one.
public struct InheritedSocket: Hashable, Sendable {
    /// Where it listens.
    public enum Place: Hashable, Sendable {
        case tcp(IPAddress, port: UInt16)
        case unix(path: String)
    }

    let descriptor: Int32
    public let place: Place

    /// The socket behind a descriptor. `nil` if it is no stream socket that listens on TCP or at a path.
    public init?(descriptor: Int32) {
        guard Self.option(SO_ACCEPTCONN, of: descriptor) == 1,
            Self.option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue),
            let place = SocketAddress.place(of: descriptor)
        else { return nil }
        self.descriptor = descriptor
        self.place = place
    }

    var port: UInt16? {
        if case .tcp(_, let port) = place { port } else { nil }
    }

    /// Makes it ready for use: accepting does not block, and other programs do not get it.
    func prepare() {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }
}
