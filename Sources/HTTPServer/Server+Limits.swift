import CMicroHTTPD
import Glibc
public import Tokens

extension Server {
    /// What a client may use up. The defaults suit a server behind a proxy and one that is reached directly.
    public struct Limits: Hashable, Sendable {
        /// The most bytes of a request line with its header fields; more is 431. At most 200 fields.
        public var headerBytes: Int
        /// The most bytes of a body; more is 413.
        public var bodyBytes: Int
        /// The most connections at a time; more wait to be accepted.
        public var connections: Int
        /// The most connections at a time from one address; more are closed.
        public var connectionsPerAddress: Int
        /// Addresses that have as many connections as they like, as trusted proxies do.
        public var exempt: [AddressRange]
        /// How long a client may take to send a complete head, counted from the connection's start or
        /// the last answer, and again for a complete body, and again to read the answer. Then it is
        /// cut off, however busily it trickles. A handler may take as long as it likes.
        public var requestTimeout: TimeSpan
        /// How many threads read and write; by default as many as there are processors for this process.
        public var threads: Int

        /// The defaults, but for what is given.
        public init(
            headerBytes: Int = 16 * 1024, bodyBytes: Int = 1024 * 1024, connections: Int = 4096,
            connectionsPerAddress: Int = 256, exempt: [AddressRange] = AddressRange.loopback,
            requestTimeout: TimeSpan = .seconds(60), threads: Int? = nil
        ) {
            self.headerBytes = headerBytes
            self.bodyBytes = bodyBytes
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
