import Ledger
import Tokens

extension ConfigurationKey {
    /// The keys of a ledger on PostgreSQL.
    static let postgreSQL: [ConfigurationKey] = [
        .one(
            "postgresql.password_file", .databasePassword, default: "none",
            "The file that holds the database user's password. Without it, libpq's own ways hold: a `passfile` "
                + "in the address, `~/.pgpass`, a certificate."
        ) { $0.postgreSQL.password = $1 },
        .one(
            "postgresql.connections", .number(1...100), default: "8",
            "The most connections that a node reads by. Three more write, count uses and follow changes."
        ) { $0.postgreSQL.connections = $1 },
        .one(
            "postgresql.prepared_statements", .truth, default: "true",
            "Whether statements are prepared once and kept. `false` where a pooler in between hands out "
                + "connections by the transaction, as PgBouncer does in that mode."
        ) { $0.postgreSQL.preparesStatements = $1 },
        .one(
            "postgresql.poll_every", .span, default: "1s",
            "How often a node asks for changes of other nodes of which no notification came."
        ) { $0.postgreSQL.pollEvery = $1 },
        .one(
            "stale_for", .span, default: "10s",
            "How long a node on PostgreSQL may go without confirming that it knows of every change. After that "
                + "it grants nothing, answers 503 with `Retry-After`, and is not ready, until it has caught up."
        ) { $0.postgreSQL.staleFor = $1 },
    ]
}

extension ValueParser<LedgerLocation> {
    static let ledger = ValueParser("`sqlite:PATH` or `postgres://USER@HOST/DATABASE`") {
        (text) throws(BadValue) in
        if text.contains("postgres") {
            guard let settings = PostgreSQLSettings(text) else {
                // Not told as it was found: there may be a password in it.
                throw BadValue(
                    "expected an address that libpq reads, such as postgres://jeton@db.example.com/jeton")
            }
            return .postgresql(settings)
        }
        let path = text.dropFirst("sqlite:".count)
        guard text.hasPrefix("sqlite:"), !path.isEmpty, !path.hasPrefix("//"), !path.utf8.contains(0) else {
            throw BadValue(
                expected: "sqlite: and a path, such as sqlite:/var/lib/jeton/jeton.db, or an address such as "
                    + "postgres://jeton@db.example.com/jeton", found: text)
        }
        return .sqlite(path: String(path))
    }
}

extension ValueParser<DatabasePassword> {
    static let databasePassword = ValueParser("the path of a file") { (path) throws(BadValue) in
        DatabasePassword(try SecretFile.read(path))
    }
}
