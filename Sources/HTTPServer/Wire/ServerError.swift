/// Why a server could not start.
public enum ServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Something else listens there.
    case addressInUse(String)
    /// The system refuses: a port below 1024, or a folder that is not ours.
    case notPermitted(String)
    /// No interface of this machine has that address.
    case addressNotAvailable(String)
    /// A file that is no socket stands at the path; it is left alone.
    case notASocket(String)
    /// The path of a socket has at most 107 bytes (unix(7)).
    case pathTooLong(String)
    /// The group that a socket is to be given to is not known here.
    case noSuchGroup(String, group: String)
    /// Any other failure, with the system's words.
    case cannotListen(String, reason: String)
    /// A server starts once.
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
