import Glibc

/// A TCP connection whose operations together end by a deadline. It is closed when it is no longer used.
final class ClientSocket {
    let descriptor: Int32
    private let end: ContinuousClock.Instant

    init(connectingTo host: String, port: UInt16, until end: ContinuousClock.Instant) throws(DeliveryFault) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &list)
        guard code == 0, let list else {
            throw .cannotConnect(reason: String(cString: gai_strerror(code)))
        }
        defer { freeaddrinfo(list) }
        self.end = end
        var reason = "no address"
        var next: UnsafeMutablePointer<addrinfo>? = list
        while let address = next {
            let made = socket(
                address.pointee.ai_family, address.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
            if made >= 0 {
                Self.limit(made, to: end)
                // A timeout for sending limits connecting, too (socket(7)).
                if connect(made, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 {
                    descriptor = made
                    return
                }
                reason = errno == EINPROGRESS || errno == EAGAIN ? "no answer in time" : Self.lastReason
                close(made)
            } else {
                reason = Self.lastReason
            }
            next = address.pointee.ai_next
        }
        throw .cannotConnect(reason: reason)
    }

    deinit {
        close(descriptor)
    }

    private static var lastReason: String { String(cString: strerror(errno)) }

    /// Limits each operation to the time until `end`, at least a moment.
    private static func limit(_ descriptor: Int32, to end: ContinuousClock.Instant) {
        let rest = max(ContinuousClock.now.duration(to: end), .milliseconds(1)).components
        var time = timeval(tv_sec: Int(rest.seconds), tv_usec: Int(rest.attoseconds / 1_000_000_000_000))
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    /// Limits what follows to the time that is left.
    func limit() throws(DeliveryFault) {
        guard ContinuousClock.now < end else { throw .timedOut }
        Self.limit(descriptor, to: end)
    }

    func send(_ bytes: [UInt8]) throws(DeliveryFault) {
        var sent = 0
        while sent < bytes.count {
            try limit()
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.fault }
            sent += count
        }
    }

    /// Ends this side, and waits until the server ends the other, which it does when it has read everything.
    func awaitEnd() throws(DeliveryFault) {
        guard shutdown(descriptor, Int32(SHUT_WR)) == 0 else { throw Self.fault }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            try limit()
            // What still comes, such as TLS session tickets, says nothing about what was read.
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 { return }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.fault }
        }
    }

    private static var fault: DeliveryFault {
        errno == EAGAIN || errno == EWOULDBLOCK ? .timedOut : .cut(reason: lastReason)
    }
}
