public import Tokens

/// Who is at the other end of a connection. The listener that accepted the connection decides it, and nothing that a
/// request says.
///
/// ```text
/// listen: 127.0.0.1:8080                 ──▶  .address(127.0.0.1)
/// listen: unix:/run/jeton/gate.sock      ──▶  .localProxy
/// the data folder's jeton.sock           ──▶  .operator
/// ```
public enum Peer: Hashable, Sendable {
    /// A client or a proxy at that address, on TCP.
    case address(IPAddress)
    /// A proxy on this machine, at the unix socket of `listen`: it is trusted as those in `trusted_proxies` are, and has
    /// no address.
    case localProxy
    /// The operator's command line, at the data folder's socket.
    case `operator`

    /// Its address; `nil` on a unix socket.
    public var address: IPAddress? {
        if case .address(let address) = self { address } else { nil }
    }

    /// Whether its forwarded headers are trusted. The operator forwards nothing.
    public func isTrustedProxy(among proxies: [AddressRange]) -> Bool {
        switch self {
        case .address(let address): proxies.contains(address)
        case .localProxy: true
        case .operator: false
        }
    }
}
