internal import PostgreSQL
public import Tokens

/// How to connect to the PostgreSQL server. Its description contains no secrets.
public struct PostgreSQLSettings: Hashable, Sendable, CustomStringConvertible {
    private(set) var address: PostgreSQLAddress
    /// The most connections for reading; three more write, count uses, and follow changes.
    public var connections = 8
    /// How long to wait for a free one.
    public var patience = TimeSpan.seconds(5)
    /// The limit for each answer of the server, and for locks that others hold.
    public var timeout = TimeSpan.seconds(10)
    /// How often to poll for changes without a notification.
    public var interval = TimeSpan.seconds(1)
    /// Whether statements are prepared: set `false` where a pooler assigns connections for one transaction at
    /// a time.
    public var prepares = true

    /// The default settings for the database at a `postgres://` address; `nil` where libpq cannot parse it.
    public init?(_ text: String) {
        guard let address = PostgreSQLAddress(text) else { return nil }
        self.address = address
    }

    /// The default settings for a database.
    init(_ address: PostgreSQLAddress) {
        self.address = address
    }

    /// Replaces the password of the address.
    public mutating func take(password: String) {
        address = address.with(password: password)
    }

    /// Whether the address contains a password, or one was given.
    public var hasPassword: Bool { address.hasPassword }
    /// Whether the address contains a password of this node's own key (`sslpassword`).
    public var hasKeyPassword: Bool { address.hasKeyPassword }

    /// Connects. The connection counts as lost when an answer takes longer than `limit`, by default a second
    /// more than the server's own limit.
    func connect(within limit: TimeSpan? = nil) throws(PostgreSQLError) -> PostgreSQLConnection {
        let limit = limit?.milliseconds ?? timeout.milliseconds + 1000
        return try PostgreSQLConnection(address, timeout: .milliseconds(limit), prepares: prepares)
    }

    /// `postgres://user@host:port/database`, with the parts that are given.
    public var description: String { address.description }
}
