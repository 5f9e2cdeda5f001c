public import PostgreSQL
public import Tokens

/// How a ledger on PostgreSQL reaches its server.
public struct PostgreSQLSettings: Sendable {
    /// Where the database is.
    public var address: PostgreSQLAddress
    /// The most connections to read by; one more writes, one counts uses, and one follows changes.
    public var connections: Int
    /// How long to wait for one of them to be free.
    public var patience: TimeSpan
    /// How long any answer of the server may take, and any lock that somebody else holds.
    public var timeout: TimeSpan
    /// How often to ask for changes of which no notification came.
    public var interval: TimeSpan
    /// Whether statements are prepared and kept: not where something between here and the server hands out
    /// its connections by the transaction.
    public var prepares: Bool

    /// The usual way to reach that database.
    public init(
        _ address: PostgreSQLAddress, connections: Int = 8, patience: TimeSpan = .seconds(5),
        timeout: TimeSpan = .seconds(10), interval: TimeSpan = .seconds(1), prepares: Bool = true
    ) {
        self.address = address
        self.connections = max(1, connections)
        self.patience = patience
        self.timeout = timeout
        self.interval = interval
        self.prepares = prepares
    }
}
