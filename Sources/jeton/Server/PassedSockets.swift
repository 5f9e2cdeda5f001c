import HTTPServer
import Tokens

/// The sockets that the service manager keeps open for the server (systemd.socket(5)), so that whoever connects while it
/// restarts waits for the next process.
///
/// Where the server listens is only said by the configuration: a passed socket is used if it is at one of its places.
struct PassedSockets: Sendable {
    private let sockets: [InheritedSocket]

    /// No sockets.
    init() { sockets = [] }

    /// The sockets behind `descriptors`. Throws if one does not listen at a place of `configuration`.
    init(_ descriptors: Range<Int32>, for configuration: Configuration) throws(CommandFailure) {
        var sockets: [InheritedSocket] = []
        for descriptor in descriptors {
            guard let socket = InheritedSocket(descriptor: descriptor) else {
                throw .misused(
                    "systemd passes something else than a stream socket that listens at an address or a path: use "
                        + "ListenStream= in jeton.socket")
            }
            let places =
                [configuration.listen]
                + [configuration.metrics.listen.map(ListenAddress.tcp)].compactMap(\.self)
            guard places.contains(ListenAddress(socket.place)) else {
                let passed = ListenAddress(socket.place)
                throw .misused(
                    "systemd passes a socket at \(passed), but `listen` is \(configuration.listen): make ListenStream= "
                        + "in jeton.socket and `listen` the same")
            }
            sockets.append(socket)
        }
        self.sockets = sockets
    }

    /// The socket at `place`; `nil` if the server has to open one itself.
    subscript(place: ListenAddress) -> InheritedSocket? {
        sockets.first { ListenAddress($0.place) == place }
    }
}

extension ListenAddress {
    fileprivate init(_ place: InheritedSocket.Place) {
        switch place {
        case .tcp(let address, let port): self = .tcp(Endpoint(address: address, port: port))
        case .unix(let path): self = .unix(path: path)
        }
    }
}
