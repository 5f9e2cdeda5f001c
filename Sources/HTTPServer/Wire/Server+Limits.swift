import CMicroHTTPD
import Glibc
public import Tokens

extension Server {
    /// Resource limits. The defaults suit a server behind a proxy as well as one that is exposed directly.
    public struct Limits: Hashable, Sendable {
        /// The most bytes of a request line with its header fields; more is 431, as are more than 200 fields.
        public var headerBytes: Int
        /// The most bytes of a body, unless the route has a lower limit; more is 413.
        public var bodyBytes: Int
        /// The most bytes of request and response bodies in memory, of all connections together, not counting 16 KiB of
        /// each. Above it requests are answered with 503.
        public var heldBytes: Int
        /// The most concurrent requests, not counting urgent ones and those of direct handlers; more are answered with
        /// 503.
        public var requests: Int
        /// The most connections; more wait to be accepted. An eighth is reserved for ``exempt``.
        public var connections: Int
        /// The most connections from one address or, for IPv6, one /64 network, which usually belongs to one customer;
        /// more are closed.
        public var connectionsPerAddress: Int
        /// Addresses without a limit of their own, such as trusted proxies.
        public var exempt: [AddressRange]
        /// How long a client may take to send a complete head, counted from the start of the connection or the last
        /// response; again for a complete body; and again to read the response. Then it is disconnected, even if data
        /// still trickles in. Handlers have no time limit.
        public var requestTimeout: TimeSpan
        /// The number of threads; by default the number of processors available to the process.
        public var threads: Int

        public init(
            headerBytes: Int = 16 * 1024, bodyBytes: Int = 1024 * 1024,
            heldBytes: Int = 64 * 1024 * 1024, requests: Int = 1024, connections: Int = 4096,
            connectionsPerAddress: Int = 256, exempt: [AddressRange] = AddressRange.loopback,
            requestTimeout: TimeSpan = .seconds(60), threads: Int? = nil
        ) {
            self.headerBytes = headerBytes
            self.bodyBytes = bodyBytes
            self.heldBytes = heldBytes
            self.requests = requests
            self.connections = connections
            self.connectionsPerAddress = connectionsPerAddress
            self.exempt = exempt
            self.requestTimeout = requestTimeout
            self.threads = threads ?? Self.processors
        }

        /// The most bytes above a limit that are read and discarded, so that a client that is still writing gets the
        /// response.
        var drainedBytes: Int { bodyBytes * 8 }

        /// The number of processors that this process may use, which a container or a systemd unit can restrict.
        private static var processors: Int {
            let allowed = Int(jeton_allowed_processors())
            return allowed > 0 ? allowed : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        }
    }
}
