import CMicroHTTPD
import Glibc
public import Tokens

extension Server {
    /// What a client may use up. The defaults suit a server behind a proxy and one that is reached directly.
    public struct Limits: Hashable, Sendable {
        /// The most bytes of a request line with its header fields; more is 431. At most 200 fields.
        public var headerBytes: Int
        /// The most bytes of a body, where a route does not take less; more is 413.
        public var bodyBytes: Int
        /// The most bytes of bodies, received and to be sent, that all connections hold together, beyond
        /// 16 KiB of each. Where that is reached more is answered with 503.
        public var heldBytes: Int
        /// The most requests that are worked on at a time, urgent ones and those that are answered at once not
        /// counted; more are answered with 503.
        public var requests: Int
        /// The most connections at a time; more wait to be accepted. One in eight is kept for ``exempt``.
        public var connections: Int
        /// The most connections at a time from one address, or for IPv6 from one network of 64 bits, since one
        /// customer holds all of it; more are closed.
        public var connectionsPerAddress: Int
        /// Addresses that have as many connections as there are, as trusted proxies do.
        public var exempt: [AddressRange]
        /// How long a client may take to send a complete head, counted from the connection's start or
        /// the last answer, and again for a complete body, and again to read the answer. Then it is
        /// cut off, however busily it trickles. A handler may take as long as it likes.
        public var requestTimeout: TimeSpan
        /// How many threads read and write; by default as many as there are processors for this process.
        public var threads: Int

        /// The defaults, but for what is given.
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

        /// How many processors this process may run on: fewer than the machine has in a container or a unit
        /// that is bound to some. More threads than that would only take turns.
        private static var processors: Int {
            let allowed = Int(jeton_allowed_processors())
            return allowed > 0 ? allowed : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        }
    }
}
