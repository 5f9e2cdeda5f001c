import Glibc

/// Why a server could not start.
public enum ServerError: Error, Hashable, Sendable, CustomStringConvertible {
    case addressInUse(String)
    /// For example a port below 1024, or a folder of another user.
    case notPermitted(String)
    case addressNotAvailable(String)
    /// The file at the path is not a socket; it is kept.
    case notASocket(String)
    /// A socket's path has at most 107 bytes (unix(7)).
    case pathTooLong(String)
    case noSuchGroup(String, group: String)
    /// The folder of the path does not exist.
    case noFolder(String)
    /// Any other error, with `strerror(errno)`.
    case cannotListen(String, reason: String)
    case alreadyStarted

    public var description: String {
        switch self {
        case .addressInUse(let address): "cannot listen on \(address): something else listens there"
        case .notPermitted(let path) where path.hasPrefix("/"):
            "cannot listen on \(path): not permitted; let this user write to its folder, and be in its group"
        case .notPermitted(let address): "cannot listen on \(address): not permitted"
        case .addressNotAvailable(let address):
            "cannot listen on \(address): this machine does not have that address"
        case .notASocket(let path): "cannot listen on \(path): the file there is not a socket"
        case .pathTooLong(let path):
            "cannot listen on \(path): the path has more than 107 bytes (unix(7)): use a shorter one"
        case .noSuchGroup(let path, let group):
            "cannot listen on \(path): this machine has no group “\(group)”"
        case .noFolder(let path):
            "cannot listen on \(path): its folder does not exist; create it for this user, or let systemd do so with "
                + "RuntimeDirectory="
        case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
        case .alreadyStarted: "the server was started before"
        }
    }
}

extension ServerError {
    /// The error for `errno`, at an address or a path.
    static func cannotListen(at place: String, _ code: Int32) -> ServerError {
        switch code {
        case EADDRINUSE: .addressInUse(place)
        case EACCES, EPERM: .notPermitted(place)
        case EADDRNOTAVAIL: .addressNotAvailable(place)
        case ENOENT where place.hasPrefix("/"): .noFolder(place)
        default: .cannotListen(place, reason: String(cString: strerror(code)))
        }
    }
}
