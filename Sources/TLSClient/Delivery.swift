import Dispatch
import Glibc

/// Delivers bytes to a server over TCP, with TLS or without, and confirms that the server has read all of them.
///
/// ```swift
/// try await Delivery(host: "logs.example.com", port: 6514, trust: TLSTrust()).send(bytes)
/// ```
///
/// Protocols such as syslog have no answer. A successful write says only that the bytes are in this machine's memory.
/// So each delivery is a connection of its own: it says that it is at its end, and waits for the server to close its
/// side, too. A server does so once it has read everything. Where it is killed before, or the network is cut, TCP
/// resets the connection or says nothing, and the delivery fails.
public struct Delivery: Sendable {
    public let host: String
    public let port: UInt16
    /// Whom TLS trusts; `nil` for plain TCP.
    public let trust: TLSTrust?
    /// The most milliseconds for all of it.
    public let timeout: Int

    public init(host: String, port: UInt16, trust: TLSTrust?, timeout: Int = 7000) {
        (self.host, self.port, self.trust, self.timeout) = (host, port, trust, timeout)
    }

    /// Sends the bytes. Returns when the server has read them.
    public func send(_ bytes: [UInt8]) async throws(DeliveryFault) {
        let result: Result<Void, DeliveryFault> = await withCheckedContinuation { continuation in
            // Its own queue, since it blocks on the network.
            DispatchQueue(label: "jeton.delivery").async {
                continuation.resume(
                    returning: Result { () throws(DeliveryFault) in try deliver(bytes) })
            }
        }
        try result.get()
    }

    private func deliver(_ bytes: [UInt8]) throws(DeliveryFault) {
        let end = ContinuousClock.now + .milliseconds(timeout)
        let socket = try ClientSocket(connectingTo: host, port: port, until: end)
        if let trust {
            let session = try TLSSession(on: socket, host: host, trust)
            try session.send(bytes)
            session.end()
        } else {
            try socket.send(bytes)
        }
        try socket.awaitEnd()
    }
}
