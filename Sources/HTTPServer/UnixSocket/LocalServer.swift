import Synchronization

/// A server on a unix socket, for protocols of one question and one answer on each connection.
///
/// One queue reads all connections, and none is waited for: a client that is slow, silent or in no
/// mood to stop is cut off, and when there are too many the one that has been there longest gives way.
public final class LocalServer: Sendable {
    /// Who may connect.
    public struct Access: Hashable, Sendable {
        /// The permissions of the socket file; to connect is to write.
        public var mode: UInt32
        /// The group that the file is given to, by name; `nil` leaves it as it is.
        public var group: String?

        /// Access of that mode and group.
        public init(mode: UInt32 = 0o600, group: String? = nil) {
            self.mode = mode
            self.group = group
        }
    }

    /// What a client may use up.
    public struct Limits: Hashable, Sendable {
        /// The most connections at a time.
        public var connections: Int
        /// How long a client may take to ask, in milliseconds.
        public var patience: Int64

        /// The defaults, but for what is given.
        public init(connections: Int = 256, patience: Int64 = 5000) {
            self.connections = connections
            self.patience = patience
        }
    }

    /// What a client is answered, and what the log tells of it.
    public struct Answer: Hashable, Sendable {
        /// What is written before the connection is closed.
        public var bytes: [UInt8]
        /// Which program asked, where it says so.
        public var agent: String
        /// The name of the reason for which it was refused, if it was.
        public var reason: String?
        /// The identifier of the token that it was granted by.
        public var token: String?

        /// An answer of those parts.
        public init(_ bytes: [UInt8], agent: String, reason: String? = nil, token: String? = nil) {
            self.bytes = bytes
            self.agent = agent
            self.reason = reason
            self.token = token
        }
    }

    /// Answers what a client has sent so far; `nil` where more must come before the question is whole.
    /// It must not wait for anything, and must come to an answer within a bound of its own.
    public typealias Handler = @Sendable ([UInt8]) -> Answer?

    private let path: String
    private let access: Access
    private let limits: Limits
    private let log: RequestLog?
    private let handler: Handler
    private let loop = Mutex<LocalLoop?>(nil)

    /// A server that does not listen yet.
    public init(
        path: String, access: Access = Access(), limits: Limits = Limits(), log: RequestLog? = nil,
        handler: @escaping Handler
    ) {
        self.path = path
        self.access = access
        self.limits = limits
        self.log = log
        self.handler = handler
    }

    /// Begins to listen and to answer.
    public func start() throws(ServerError) {
        try loop.withLock { (loop) throws(ServerError) in
            guard loop == nil else { throw .alreadyStarted }
            let socket = try ListeningSocket(path: path, access)
            loop = LocalLoop(socket, limits) { [path, log, handler] bytes in
                let begin = MonotonicTime.now
                guard let answer = handler(bytes) else { return nil }
                log?.record(answer, at: path, nanoseconds: MonotonicTime.now - begin)
                return answer.bytes
            }
        }
    }

    /// Stops: removes the socket file and closes every connection. Returns when nobody is answered any more.
    public func stop() async {
        guard let loop = loop.withLock({ $0 }) else { return }
        await loop.stop()
        log?.flush()
    }
}
