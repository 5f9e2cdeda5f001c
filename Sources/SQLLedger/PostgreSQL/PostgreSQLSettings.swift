internal import PostgreSQL
public import Tokens

/// How a ledger on PostgreSQL reaches its server. It prints without what is secret in it.
public struct PostgreSQLSettings: Hashable, Sendable, CustomStringConvertible {
    /// Where the database is.
    private(set) var address: PostgreSQLAddress
    /// The most connections to read by; one more writes, one counts uses, and one follows changes.
    public var connections = 8
    /// How long to wait for one of them to be free.
    public var patience = TimeSpan.seconds(5)
    /// How long any answer of the server may take, and any lock that somebody else holds.
    public var timeout = TimeSpan.seconds(10)
    /// How often to ask for changes of which no notification came.
    public var interval = TimeSpan.seconds(1)
    /// Whether statements are prepared and kept: not where something between here and the server hands out
    /// its connections by the transaction.
    public var prepares = true

    /// The usual way to reach the database at a `postgres://` address; `nil` where libpq cannot read it.
    public init?(_ text: String) {
        guard let address = PostgreSQLAddress(text) else { return nil }
        self.address = address
    }

    /// The usual way to reach that database.
    init(_ address: PostgreSQLAddress) {
        self.address = address
    }

    /// Takes that password in place of one that stands in the address.
    public mutating func take(password: String) {
        address = address.with(password: password)
    }

    /// Whether a password stands in the address, or was given.
    public var hasPassword: Bool { address.hasPassword }
    /// Whether a password of this node's own key stands in the address (`sslpassword`).
    public var hasKeyPassword: Bool { address.hasKeyPassword }

    /// A new connection that is lost where an answer of the server takes longer than `limit`: a second more
    /// than the server itself is given, unless said otherwise.
    func connect(within limit: TimeSpan? = nil) throws(PostgreSQLError) -> PostgreSQLConnection {
        let limit = limit?.milliseconds ?? timeout.milliseconds + 1000
        return try PostgreSQLConnection(address, timeout: .milliseconds(limit), prepares: prepares)
    }

    /// `postgres://user@host:port/database`, as far as they are written.
    public var description: String { address.description }
}
