import Ledger
import Sodium
import Tokens

/// Where the ledger is kept.
enum LedgerLocation: Hashable, Sendable {
    /// In one file; a path that is not absolute begins at the data folder.
    case sqlite(path: String)
    /// In a PostgreSQL database.
    case postgresql(PostgreSQLSettings)

    /// The file's name where none is given.
    static let fileName = "jeton.db"

    /// The path of the file, where it is one.
    func path(in data: String) -> String? {
        switch self {
        case .sqlite(let path): path.hasPrefix("/") ? path : "\(data)/\(path)"
        case .postgresql: nil
        }
    }
}

/// `postgresql`: how a database is reached, besides its address.
struct PostgreSQLSection: Sendable {
    /// The database user's password.
    var password: DatabasePassword?
    /// The most connections to read by.
    var connections = 8
    /// Whether statements are prepared and kept.
    var preparesStatements = true
    /// How often to ask for changes.
    var pollEvery = TimeSpan.seconds(1)
}

/// The password of a database's user.
struct DatabasePassword: Sendable, Redacted {
    let text: String

    init(_ text: String) {
        self.text = text
    }
}

extension ConfigurationKey {
    static let ledger: [ConfigurationKey] = [
        .one(
            "ledger", .ledger, default: "sqlite:\(LedgerLocation.fileName)",
            "Where people, tokens and their uses are kept: in one file, or in a PostgreSQL database that many "
                + "nodes share. A path that is not absolute begins at the data folder. A password does not "
                + "belong into the address: see `postgresql.password_file`."
        ) { $0.ledger = $1 }
    ]

    /// `postgresql`, and `stale_for`, which holds for a ledger on PostgreSQL alone.
    static let postgreSQL: [ConfigurationKey] = [
        .one(
            "postgresql.password_file", .secretFile { DatabasePassword($0) }, default: "none",
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
        ) { $0.staleFor = $1 },
    ]
}

extension ValueForm<LedgerLocation> {
    static let ledger = ValueForm("`sqlite:PATH` or `postgres://USER@HOST/DATABASE`") {
        (text) throws(BadValue) in
        if text.contains("postgres") {
            guard let settings = PostgreSQLSettings(text) else {
                // Does not quote the address: it may hold a password.
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

extension Configuration {
    /// Whether the ledger was named, so that it is not just the default.
    var namesLedger: Bool { given.contains("ledger") }

    /// `settings`, with the rest of what is configured for the database.
    func complete(_ settings: PostgreSQLSettings) -> PostgreSQLSettings {
        var settings = settings
        if let password = postgreSQL.password { settings.take(password: password.text) }
        settings.connections = postgreSQL.connections
        settings.prepares = postgreSQL.preparesStatements
        settings.interval = postgreSQL.pollEvery
        return settings
    }

    /// For how long what a node knows may be old.
    var freshness: Freshness {
        switch ledger {
        case .sqlite: .always
        case .postgresql: Freshness(for: staleFor)
        }
    }

    var postgreSQLConflicts: [UnmatchedKey] {
        guard staleFor.milliseconds < 2 * postgreSQL.pollEvery.milliseconds else { return [] }
        return [
            UnmatchedKey(
                "stale_for", beside: "postgresql.poll_every", "must be at least twice `postgresql.poll_every`"
            )
        ]
    }
}
