import Glibc

extension Connection {
    /// Why it came to no request, for the log; `nil` where it did, or where the client never said a word.
    /// For the connection's own thread, at its end.
    var fault: String? {
        if let handshake { return handshake.fault }
        // libmicrohttpd answers what is no HTTP by itself, and tells nobody.
        guard exchange.began == 0, receivedBytes > 1 else { return nil }
        return "no whole HTTP request came: a client that speaks TLS needs an address with http://"
    }

    /// How many bytes the peer sent so far, with its FIN for one; 0 on a unix socket.
    private var receivedBytes: UInt64 {
        // `tcpi_bytes_received` of the kernel's struct tcp_info, of which glibc's ends before.
        let offset = 128
        var info = [UInt8](repeating: 0, count: offset + 8)
        var size = socklen_t(info.count)
        guard getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0, size == info.count else {
            return 0
        }
        return info.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
    }
}
