internal import CPostgreSQL
public import SQL

/// One connection to a server. It belongs to one queue or thread at a time.
///
///     let connection = try PostgreSQLConnection(address)
///     try connection.execute("CREATE TABLE IF NOT EXISTS pages (title TEXT)")
///     try connection.statement("INSERT INTO pages VALUES (?)").run("Home")
public final class PostgreSQLConnection: SQLDatabase {
    public var dialect: SQLDialect { .postgresql }
    /// Whether it is unusable: the server disappeared or did not answer in time.
    public internal(set) var isLost = false

    let handle: OpaquePointer
    let timeout: Duration
    let prepares: Bool
    private var kept: StatementCache<PostgreSQLStatement>

    /// Connects, and waits as long as the address's `connect_timeout` says, by default 5 seconds.
    ///
    /// `timeout` limits each answer, after which the connection counts as lost. `prepares` must be `false`
    /// where a pooler assigns connections for one transaction at a time. `statements` is the most that are kept.
    public init(
        _ address: PostgreSQLAddress, timeout: Duration = .seconds(30), prepares: Bool = true,
        statements: Int = StatementCache<Never>.usual
    ) throws(PostgreSQLError) {
        guard let opened = PQconnectdb(address.connectionString) else {
            throw .lost("out of memory")
        }
        guard PQstatus(opened) == CONNECTION_OK else {
            // A handle exists even where connecting failed, and must be closed
            // (https://www.postgresql.org/docs/current/libpq-connect.html).
            defer { PQfinish(opened) }
            throw .lost(PostgreSQLError.complaint(of: opened, hiding: address.password))
        }
        jeton_ignore_notices(opened)
        handle = opened
        self.timeout = timeout
        self.prepares = prepares
        kept = StatementCache(limit: statements)
    }

    /// The encoding of the database as the server calls it: `UTF8`.
    public var serverEncoding: String { parameter("server_encoding") }
    /// The encoding of texts on the connection.
    public var clientEncoding: String { parameter("client_encoding") }

    /// A parameter that the server, or a pooler, reported at the start of the connection
    /// (https://www.postgresql.org/docs/current/libpq-status.html#LIBPQ-PQPARAMETERSTATUS).
    private func parameter(_ name: String) -> String {
        PQparameterStatus(handle, name).map { String(cString: $0) } ?? ""
    }

    deinit {
        PQfinish(handle)
    }

    /// Prepares a statement, and keeps it with the connection until many others were used after it. It works for as
    /// long as somebody holds it.
    ///
    /// Bind values; never put one into `sql`.
    public func statement(_ sql: String) throws(PostgreSQLError) -> any SQLStatement {
        if let statement = kept.find(sql) { return statement }
        let statement = PostgreSQLStatement(sql, in: self)
        // A transaction that failed takes no command until it is rolled back.
        while !isInFailedTransaction, let old = kept.makeRoom() { try old.endPreparation() }
        kept.keep(statement, for: sql)
        return statement
    }

    /// Runs one or more statements without parameters.
    public func execute(_ sql: String) throws(PostgreSQLError) {
        _ = try integer(sql)
    }

    /// Runs one or more statements without parameters, and returns the number in the last row's first column;
    /// `nil` where there is none.
    public func integer(_ sql: String) throws(PostgreSQLError) -> Int64? {
        var number: Int64?
        try exchange {
            PQsendQuery(handle, sql)
        } take: { result in
            let rows = PQntuples(result.handle)
            guard rows > 0, PQnfields(result.handle) > 0, let text = PQgetvalue(result.handle, rows - 1, 0)
            else { return }
            number = Int64(String(cString: text))
        }
        return number
    }
}

extension PostgreSQLError {
    /// The last error message of a connection, on one line.
    static func complaint(of handle: OpaquePointer, hiding password: String? = nil) -> String {
        var text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        if let password, !password.isEmpty {
            text = text.split(separator: password, omittingEmptySubsequences: false).joined(separator: "…")
        }
        return text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}
