/// Whom a connection trusts, and with what it shows who it is.
public struct TLSTrust: Hashable, Sendable {
    /// The file with the authorities' certificates in PEM; `nil` for the system's.
    public var authorities: String?
    /// The file with the client's certificate in PEM, followed by its intermediates; `nil` for none.
    public var certificate: String?
    /// The file with its private key in PEM.
    public var key: String?

    public init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
        (self.authorities, self.certificate, self.key) = (authorities, certificate, key)
    }
}

/// Why a delivery cannot be confirmed. It may have arrived all the same.
public enum DeliveryFault: Error, Hashable, Sendable, CustomStringConvertible {
    case cannotConnect(reason: String)
    /// A file with certificates or the key cannot be used.
    case badFile(path: String, reason: String)
    /// The handshake failed, or the server's certificate is not trusted.
    case untrusted(reason: String)
    case timedOut
    /// The connection ended before everything was confirmed.
    case cut(reason: String)

    public var description: String {
        switch self {
        case .cannotConnect(let reason): "cannot connect: \(reason)"
        case .badFile(let path, let reason): "\(path) cannot be used: \(reason)"
        case .untrusted(let reason): "no secure connection: \(reason)"
        case .timedOut: "no confirmation came in time"
        case .cut(let reason): "the connection was cut: \(reason)"
        }
    }
}
