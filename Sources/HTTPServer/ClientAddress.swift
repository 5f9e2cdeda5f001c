public import Tokens

extension IPAddress {
    /// Where the client is: the peer, or where that is a trusted proxy the last address of
    /// `X-Forwarded-For` that is none. What cannot be read is not believed.
    ///
    /// The header is read from its end: what stands further to the front was written by whoever the
    /// last trusted proxy heard it from.
    public static func client(
        peer: IPAddress?, forwardedFor: [String], trusting proxies: [AddressRange]
    ) -> IPAddress? {
        guard let peer, proxies.contains(peer) else { return peer }
        for hop in forwardedFor.flatMap({ $0.split(separator: ",") }).reversed() {
            let text = hop.filter { $0 != " " && $0 != "\t" && $0 != "[" && $0 != "]" }
            guard let address = IPAddress(text) else { return peer }
            if !proxies.contains(address) { return address }
        }
        return peer
    }
}

extension Request {
    /// Where the client is, as in ``Tokens/IPAddress/client(peer:forwardedFor:trusting:)``; `nil` on the
    /// local admin socket.
    public func clientAddress(trusting proxies: [AddressRange]) -> IPAddress? {
        .client(peer: peer, forwardedFor: headers.all("x-forwarded-for"), trusting: proxies)
    }
}

extension RequestHead {
    /// Where the client is, as in ``Tokens/IPAddress/client(peer:forwardedFor:trusting:)``; `nil` on the
    /// local admin socket.
    public func clientAddress(trusting proxies: [AddressRange]) -> IPAddress? {
        guard let peer, proxies.contains(peer) else { return peer }
        var values: [String] = []
        forEachHeader { name, value in
            if name.equals("x-forwarded-for") { values.append(value.text) }
        }
        return .client(peer: peer, forwardedFor: values, trusting: proxies)
    }
}
