import Synchronization

/// A server on a unix socket, for protocols with one request and one reply on each connection.
///
/// One queue serves all connections without blocking. A client that takes too long is disconnected, and above the limit
/// the oldest connection is closed.
public final class LocalServer: Sendable {
    /// The permissions of the socket file.
    public struct Access: Hashable, Sendable {
        /// The file mode; connecting needs write permission.
        public var mode: UInt32
        /// The name of the file's group; `nil` keeps the default.
        public var group: String?

        public init(mode: UInt32 = 0o600, group: String? = nil) {
            self.mode = mode
            self.group = group
        }
    }

    public struct Limits: Hashable, Sendable {
        /// The most connections.
        public var connections: Int
        /// The time for sending a request, in milliseconds.
        public var patience: Int64

        public init(connections: Int = 256, patience: Int64 = 5000) {
            self.connections = connections
            self.patience = patience
        }
    }

    /// A reply with its details for the log.
    public struct Answer: Hashable, Sendable {
        /// The reply, after which the connection is closed.
        public var bytes: [UInt8]
        /// The client program, if known.
        public var agent: String
        /// The name of the reason for a denial.
        public var reason: String?
        /// The id of the token that was granted.
        public var token: String?

        public init(_ bytes: [UInt8], agent: String, reason: String? = nil, token: String? = nil) {
            self.bytes = bytes
            self.agent = agent
            self.reason = reason
            self.token = token
        }
    }

    /// Replies to the bytes received so far; `nil` if the request is incomplete. It must not block, and must bound the size
    /// of a request.
    public typealias Handler = @Sendable ([UInt8]) -> Answer?

    private let path: String
    private let access: Access
    private let limits: Limits
    private let log: RequestLog?
    private let handler: Handler
    private let loop = Mutex<LocalLoop?>(nil)

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

    /// Starts listening.
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

    /// Removes the socket file and closes all connections. No reply is sent after it returns.
    public func stop() async {
        guard let loop = loop.withLock({ $0 }) else { return }
        await loop.stop()
        log?.flush()
    }
}
