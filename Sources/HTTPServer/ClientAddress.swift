public import Tokens

extension RequestHead {
    /// Where the client is: the peer, or where that is a trusted proxy the last address of
    /// `X-Forwarded-For` that is none; `nil` on the local admin socket. What cannot be read is not believed.
    ///
    /// The header is read from its end: what stands further to the front was written by whoever the
    /// last trusted proxy heard it from.
    public func clientAddress(trusting proxies: [AddressRange]) -> IPAddress? {
        guard let peer, proxies.contains(peer) else { return peer }
        let fields = fields
        for index in fields.indices.reversed() where fields.name(at: index).equals("x-forwarded-for") {
            var rest = fields.value(at: index)
            while !rest.isEmpty {
                let comma = rest.lastIndex(of: UInt8(ascii: ","))
                let hop = rest.extracting((comma.map { $0 + 1 } ?? 0)..<rest.count)
                rest = rest.extracting(0..<(comma ?? 0))
                // An empty member of a list is none (RFC 9110, section 5.6.1).
                if hop.isEmpty { continue }
                guard let address = IPAddress(bytes: hop.trimmed.withoutBrackets) else { return peer }
                if !proxies.contains(address) { return address }
            }
        }
        return peer
    }
}

extension Request {
    /// Where the client is, as in ``RequestHead/clientAddress(trusting:)``; `nil` on the local admin socket.
    public func clientAddress(trusting proxies: [AddressRange]) -> IPAddress? {
        RequestHead(self).clientAddress(trusting: proxies)
    }
}

extension Span<UInt8> {
    fileprivate func lastIndex(of byte: UInt8) -> Int? {
        for index in indices.reversed() where self[index] == byte { return index }
        return nil
    }

    /// An IPv6 address without what stands around it in an authority (RFC 3986, section 3.2.2).
    fileprivate var withoutBrackets: Span<UInt8> {
        @_lifetime(copy self) get {
            guard count > 2, self[0] == UInt8(ascii: "["), self[count - 1] == UInt8(ascii: "]") else {
                return self
            }
            return extracting(1..<count - 1)
        }
    }
}
