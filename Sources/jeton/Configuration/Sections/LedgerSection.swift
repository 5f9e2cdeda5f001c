import Ledger
import SQLLedger
import Sodium
import TokenIndex
import Tokens

/// Where the ledger is kept.
enum LedgerLocation: Hashable, Sendable {
    /// In one file; a relative path is relative to the data folder.
    case sqlite(path: String)
    /// In a PostgreSQL database.
    case postgresql(PostgreSQLSettings)

    /// The default name of the file.
    static let fileName = "jeton.db"

    /// The path of the file; `nil` for a database.
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
    /// The most connections for reading.
    var connections = 8
    /// Whether prepared statements are reused.
    var preparesStatements = true
    /// How often to poll for changes.
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
            "Where people, tokens and their uses are kept: in one file, or in a PostgreSQL database that several "
                + "nodes share. A relative path is relative to the data folder. Do not put a password in the "
                + "address; use `postgresql.password_file`."
        ) { $0.ledger = $1 }
    ]

    /// `postgresql`, and `stale_for`, which only applies to PostgreSQL.
    static let postgreSQL: [ConfigurationKey] = [
        .one(
            "postgresql.password_file", .secretFile { DatabasePassword($0) },
            default: "none: libpq's own settings",
            "The file with the database user's password. Without it, libpq uses a `passfile` in the address, "
                + "`~/.pgpass` or a certificate."
        ) { $0.postgreSQL.password = $1 },
        .one(
            "postgresql.connections", .number(1...100), default: "8",
            "The most connections that a node uses for reading. It uses three more to write, record uses and follow changes."
        ) { $0.postgreSQL.connections = $1 },
        .one(
            "postgresql.prepared_statements", .truth, default: "true",
            "Whether to reuse prepared statements. Set to `false` behind a pooler that assigns connections for each "
                + "transaction, such as PgBouncer in transaction mode."
        ) { $0.postgreSQL.preparesStatements = $1 },
        .one(
            "postgresql.poll_every", .span, default: "1s",
            "How often a node polls for changes by other nodes, in case a notification was lost."
        ) { $0.postgreSQL.pollEvery = $1 },
        .one(
            "stale_for", .span, default: "10s",
            "How long a node on PostgreSQL may go without confirming that it has seen every change. After that it "
                + "grants nothing, answers 503 with `Retry-After`, and is not ready, until it has caught up."
        ) { $0.staleFor = $1 },
    ]
}

extension ValueParser<LedgerLocation> {
    static let ledger = ValueParser("`sqlite:PATH` or `postgres://USER@HOST/DATABASE`") {
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
    /// Whether `ledger` was given, so that it is not just the default.
    var namesLedger: Bool { given.contains("ledger") }

    /// The address `settings`, completed with the keys of `postgresql`.
    func complete(_ settings: PostgreSQLSettings) -> PostgreSQLSettings {
        var settings = settings
        if let password = postgreSQL.password { settings.take(password: password.text) }
        settings.connections = postgreSQL.connections
        settings.prepares = postgreSQL.preparesStatements
        settings.interval = postgreSQL.pollEvery
        return settings
    }

    /// How stale a node may become.
    var staleness: Staleness {
        switch ledger {
        case .sqlite: .always
        case .postgresql: Staleness(for: staleFor)
        }
    }

    var postgreSQLConflicts: [KeyConflict] {
        guard staleFor.milliseconds < 2 * postgreSQL.pollEvery.milliseconds else { return [] }
        return [
            KeyConflict(
                "stale_for", beside: "postgresql.poll_every", "must be at least twice `postgresql.poll_every`"
            )
        ]
    }
}
