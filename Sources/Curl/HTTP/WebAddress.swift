internal import CCurl
import Dispatch
import Glibc

/// The parts of an http or https URL, as libcurl reads them when it connects.
public struct WebAddress: Hashable, Sendable {
    public let scheme: String
    /// A name or an address, without brackets.
    public let host: String
    public let port: Int

    /// `nil` for what is no http or https URL with a host, and for one with a login.
    public init?(_ url: String) {
        guard let parts = curl_url() else { return nil }
        defer { curl_url_cleanup(parts) }
        guard curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK else { return nil }
        func part(_ part: CURLUPart, _ flags: Int32 = 0) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            guard curl_url_get(parts, part, &text, UInt32(flags)) == CURLUE_OK, let text else { return nil }
            defer { curl_free(text) }
            return String(cString: text)
        }
        guard let scheme = part(CURLUPART_SCHEME), ["http", "https"].contains(scheme),
            let host = part(CURLUPART_HOST), !host.isEmpty, part(CURLUPART_USER) == nil,
            let port = part(CURLUPART_PORT, Int32(CURLU_DEFAULT_PORT)).flatMap({ Int($0) })
        else { return nil }
        self.scheme = scheme
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        self.port = port
    }

    /// The addresses of the host, in the order of the resolver; none where it has none.
    public func resolve() async -> [String] {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "jeton.resolver").async {
                continuation.resume(returning: Self.addresses(of: host))
            }
        }
    }

    private static func addresses(of host: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        for entry in sequence(first: list, next: { $0?.pointee.ai_next }) {
            guard let entry = entry?.pointee else { break }
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard
                getnameinfo(
                    entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
                    == 0
            else { continue }
            let written = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            addresses.append(String(decoding: written, as: UTF8.self))
        }
        return addresses
    }
}

/// A host with the addresses that were found for it, so that a request goes to what was checked, and not to what
/// another look-up finds.
public struct PinnedHost: Hashable, Sendable, CustomStringConvertible {
    let host: String
    let port: Int
    let addresses: [String]

    /// - Precondition: there is at least one address.
    public init(_ address: WebAddress, at addresses: [String]) {
        precondition(!addresses.isEmpty, "a host without an address cannot be pinned")
        (host, port, self.addresses) = (address.host, address.port, addresses)
    }

    /// As libcurl takes it (<https://curl.se/libcurl/c/CURLOPT_RESOLVE.html>).
    public var description: String {
        let written = addresses.map { $0.contains(":") ? "[\($0)]" : $0 }.joined(separator: ",")
        return "\(host):\(port):\(written)"
    }
}
