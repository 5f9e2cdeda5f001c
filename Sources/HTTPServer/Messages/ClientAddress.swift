public import Tokens

extension RequestHead {
    /// The client's address: the peer or, if that is a trusted proxy, the last address in `X-Forwarded-For` that is not
    /// a trusted proxy.
    ///
    /// ```text
    /// peer 10.0.0.1 (trusted), X-Forwarded-For: 1.2.3.4, 203.0.113.9, 10.0.0.2   ──▶   203.0.113.9
    /// ```
    ///
    /// The header is read from its end, because everything before the last untrusted address may be forged. If all are
    /// trusted, the client is the peer or, where that is a proxy at a unix socket, whoever the first address names.
    ///
    /// `nil` if the address is unknown: if a proxy at a unix socket names nobody, or if a trusted proxy writes something
    /// else than an address, such as `unknown`. Falling back to the peer would give the proxy's own address.
    public func clientAddress(trusting proxies: [AddressRange]) -> IPAddress? {
        guard peer.isTrustedProxy(among: proxies) else { return peer.address }
        var origin: IPAddress?
        let fields = fields
        for index in fields.indices.reversed() where fields.name(at: index).equals("x-forwarded-for") {
            let value = fields.value(at: index)
            var end = value.count
            while end >= 0 {
                let comma = value.extracting(0..<end).lastIndex(of: UInt8(ascii: ",")) ?? -1
                // An empty member also comes from a proxy that does not know its client. Skipping it, as RFC 9110
                // (section 5.6.1) does in lists, would trust what the client wrote.
                guard let address = IPAddress(hop: value.extracting(comma + 1..<end).trimmed) else {
                    return nil
                }
                if !proxies.contains(address) { return address }
                origin = address
                end = comma
            }
        }
        return peer.address ?? origin
    }
}

extension Request {
    /// See ``RequestHead/clientAddress(trusting:)``.
    public func clientAddress(trusting proxies: [AddressRange]) -> IPAddress? {
        RequestHead(self).clientAddress(trusting: proxies)
    }
}

extension Span<UInt8> {
    fileprivate func lastIndex(of byte: UInt8) -> Int? {
        for index in indices.reversed() where self[index] == byte { return index }
        return nil
    }

    /// Whether it is a port number.
    fileprivate var isPort: Bool {
        guard (1...5).contains(count) else { return false }
        var number = 0
        for index in indices {
            guard (0x30...0x39).contains(self[index]) else { return false }
            number = number * 10 + Int(self[index] - 0x30)
        }
        return number <= 65535
    }
}

extension IPAddress {
    /// One member of `X-Forwarded-For`: `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]`, and with a port
    /// `192.0.2.1:51234` (as Azure's gateways write) or `[2001:db8::1]:443`. `nil` for anything else:
    /// `unknown` and `_hidden` (RFC 7239, section 6), `for=192.0.2.1`, a zone, a name.
    init?(hop: Span<UInt8>) {
        // The longest is an IPv6 address that ends in an IPv4 one, in brackets and with a port.
        guard (1...53).contains(hop.count) else { return nil }
        if hop[0] == UInt8(ascii: "[") {
            guard let end = hop.lastIndex(of: UInt8(ascii: "]")) else { return nil }
            let address = hop.extracting(1..<end)
            let port = hop.extracting(end + 1..<hop.count)
            guard address.firstIndex(of: UInt8(ascii: ":")) != nil,
                port.isEmpty
                    || port[0] == UInt8(ascii: ":") && port.extracting(1..<port.count).isPort
            else { return nil }
            self.init(bytes: address)
        } else if let colon = hop.firstIndex(of: UInt8(ascii: ":")),
            colon == hop.lastIndex(of: UInt8(ascii: ":"))
        {
            // One colon alone: no IPv6 address has that few.
            guard hop.extracting(colon + 1..<hop.count).isPort else { return nil }
            self.init(bytes: hop.extracting(0..<colon))
        } else {
            self.init(bytes: hop)
        }
    }
}
