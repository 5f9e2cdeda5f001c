import Tokens

/// An address and a port to listen on.
struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    let address: IPAddress
    let port: UInt16

    init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Parses `127.0.0.1:8080` or `[::1]:8080`; `nil` for anything else.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(digits)
        else { return nil }
        var host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard let address = IPAddress(host), isBracketed == host.contains(":") else { return nil }
        self.init(address: address, port: port)
    }

    /// Whether it means every interface of the machine.
    var isAnyInterface: Bool {
        address == IPAddress(v4: 0) || address == IPAddress(high: 0, low: 0)
    }

    /// Whether only this machine can reach it.
    var isLoopback: Bool { address.isLoopback }

    var description: String { address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)" }
}

/// Where the desk listens: `listen`.
enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
    case tcp(Endpoint)
    /// A socket for proxies on this machine.
    case unix(path: String)

    /// What stands before the path of a socket.
    static let socketPrefix = "unix:"

    /// The address and the port; `nil` for a socket.
    var endpoint: Endpoint? {
        if case .tcp(let endpoint) = self { endpoint } else { nil }
    }

    /// The path of the socket; `nil` for an address and a port.
    var path: String? {
        if case .unix(let path) = self { path } else { nil }
    }

    /// What distinguishes it from others on the same machine: the port, or the path.
    var nameOnMachine: String {
        switch self {
        case .tcp(let endpoint): "\(endpoint.port)"
        case .unix(let path): path
        }
    }

    var description: String {
        switch self {
        case .tcp(let endpoint): "\(endpoint)"
        case .unix(let path): Self.socketPrefix + path
        }
    }
}

/// The address at which people reach the desk: a scheme, a host and perhaps a port.
struct PublicURL: Hashable, Sendable, CustomStringConvertible {
    /// The address, without a trailing slash.
    let description: String
    var isSecure: Bool { description.hasPrefix("https:") }

    /// Parses `https://tokens.example.com`, with or without a trailing slash; `nil` for anything else.
    init?(_ text: String) {
        let lowered = text.lowercased()
        guard let scheme = ["http://", "https://"].first(where: lowered.hasPrefix) else { return nil }
        var authority = lowered.dropFirst(scheme.utf8.count)
        if authority.last == "/" { authority = authority.dropLast() }
        var host = authority
        if let colon = authority.lastIndex(of: ":"), authority.last != "]" {
            let digits = authority[authority.index(after: colon)...]
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                UInt16(digits).map({ $0 > 0 }) == true
            else { return nil }
            host = authority[..<colon]
        }
        guard Self.isHost(host) else { return nil }
        description = scheme + authority
    }

    /// The address of `endpoint` for a browser on the same machine.
    init(reaching endpoint: Endpoint, isSecure: Bool) {
        let scheme = isSecure ? "https" : "http"
        description =
            endpoint.isAnyInterface ? "\(scheme)://localhost:\(endpoint.port)" : "\(scheme)://\(endpoint)"
    }

    /// The host, without brackets around an address.
    var host: String {
        let authority = description.split(separator: "/").last ?? ""
        if authority.first == "[" { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }

    /// Whether it means the machine of whoever reads it.
    var isLoopback: Bool { host == "localhost" || IPAddress(host)?.isLoopback == true }

    /// The port; by default that of the scheme.
    var port: UInt16 {
        let authority = description.split(separator: "/").last ?? ""
        let written = authority.last == "]" ? nil : authority.split(separator: ":").dropFirst().last
        return written.flatMap { UInt16($0) } ?? (isSecure ? 443 : 80)
    }

    private static func isHost(_ host: Substring) -> Bool {
        if host.first == "[", host.last == "]" {
            return host.contains(":") && IPAddress(host.dropFirst().dropLast()) != nil
        }
        guard let first = host.utf8.first, let last = host.utf8.last, host.utf8.count <= 253 else {
            return false
        }
        func isPlain(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
        }
        return isPlain(first) && isPlain(last) && !host.contains("..")
            && host.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    }
}
