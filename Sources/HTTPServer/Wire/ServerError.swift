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
    /// Any other error, with `strerror(errno)`.
    case cannotListen(String, reason: String)
    case alreadyStarted

    public var description: String {
        switch self {
        case .addressInUse(let address): "cannot listen on \(address): something else listens there"
        case .notPermitted(let address): "cannot listen on \(address): not permitted"
        case .addressNotAvailable(let address):
            "cannot listen on \(address): this machine does not have that address"
        case .notASocket(let path): "cannot listen on \(path): the file there is no socket"
        case .pathTooLong(let path): "cannot listen on \(path): the path has more than 107 bytes"
        case .noSuchGroup(let path, let group):
            "cannot listen on \(path): this machine has no group “\(group)”"
        case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
        case .alreadyStarted: "the server was started before"
        }
    }
}
