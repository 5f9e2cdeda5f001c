internal import CPostgreSQL
public import SQL

/// One connection to a server. It belongs to one queue or thread at a time.
///
///     let connection = try PostgreSQLConnection(address)
///     try connection.execute("CREATE TABLE IF NOT EXISTS pages (title TEXT)")
///     try connection.statement("INSERT INTO pages VALUES (?)").run("Home")
public final class PostgreSQLConnection: SQLDatabase {
    /// Which SQL it speaks.
    public var dialect: SQLDialect { .postgresql }
    /// Whether it is of no more use: the server went, or did not answer in time.
    public internal(set) var isLost = false

    let handle: OpaquePointer
    let timeout: Duration
    /// Whether statements are prepared and kept.
    let prepares: Bool
    private var kept: [String: PostgreSQLStatement] = [:]

    /// Connects, and waits for it as long as the address's `connect_timeout` says, 5 seconds where it says
    /// nothing.
    ///
    /// `timeout` is how long any answer may take before the connection counts as lost. `prepares` says
    /// whether statements are prepared and kept: not where something between here and the server hands
    /// out its connections by the transaction.
    public init(
        _ address: PostgreSQLAddress, timeout: Duration = .seconds(30), prepares: Bool = true
    ) throws(PostgreSQLError) {
        guard let opened = PQconnectdb(address.connectionString) else {
            throw .lost("there is no memory left")
        }
        guard PQstatus(opened) == CONNECTION_OK else {
            // A connection that failed to open is there all the same, and must be closed
            // (https://www.postgresql.org/docs/current/libpq-connect.html).
            defer { PQfinish(opened) }
            throw .lost(PostgreSQLError.complaint(of: opened, hiding: address.password))
        }
        jeton_ignore_notices(opened)
        handle = opened
        self.timeout = timeout
        self.prepares = prepares
    }

    /// In which encoding the database keeps texts, as the server calls it: `UTF8`.
    public var serverEncoding: String { parameter("server_encoding") }
    /// In which encoding texts go to and fro.
    public var clientEncoding: String { parameter("client_encoding") }

    /// What the server, or a pooler in its place, has said at the start of the connection
    /// (https://www.postgresql.org/docs/current/libpq-status.html#LIBPQ-PQPARAMETERSTATUS).
    private func parameter(_ name: String) -> String {
        PQparameterStatus(handle, name).map { String(cString: $0) } ?? ""
    }

    deinit {
        PQfinish(handle)
    }

    /// The statement of that text, prepared once and kept for as long as the connection is.
    ///
    /// Never put a value into `sql`: bind it.
    public func statement(_ sql: String) throws(PostgreSQLError) -> any SQLStatement {
        if let statement = kept[sql] { return statement }
        let statement = PostgreSQLStatement(sql, in: self)
        kept[sql] = statement
        return statement
    }

    /// Runs one or more statements that take no values.
    public func execute(_ sql: String) throws(PostgreSQLError) {
        _ = try integer(sql)
    }

    /// Runs one or more statements that take no values, and gives the number in the last row's first
    /// column; `nil` where there is no row, or no number in it.
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
    /// The last complaint about a connection, on one line.
    static func complaint(of handle: OpaquePointer, hiding password: String? = nil) -> String {
        var text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        if let password, !password.isEmpty {
            text = text.split(separator: password, omittingEmptySubsequences: false).joined(separator: "…")
        }
        return text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}
