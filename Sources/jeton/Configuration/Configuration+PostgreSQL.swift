import Ledger
import Sodium
import Tokens

/// What was written of a ledger on PostgreSQL, besides its address.
struct PostgreSQLDraft: Sendable {
    /// The database user's password.
    var password: DatabasePassword?
    /// The most connections to read by.
    var connections = 8
    /// Whether statements are prepared and kept.
    var preparesStatements = true
    /// How often to ask for changes.
    var pollEvery = TimeSpan.seconds(1)
    /// How long a confirmation that all is known holds.
    var staleFor = TimeSpan.seconds(10)
}

/// What a user of a database proves itself with.
struct DatabasePassword: Sendable, Redacted {
    /// The password itself.
    let text: String

    init(_ text: String) {
        self.text = text
    }
}

extension Configuration {
    /// How the database is reached that those settings name.
    func complete(_ settings: PostgreSQLSettings) -> PostgreSQLSettings {
        var settings = settings
        if let password = postgreSQL.password { settings.take(password: password.text) }
        settings.connections = postgreSQL.connections
        settings.prepares = postgreSQL.preparesStatements
        settings.interval = postgreSQL.pollEvery
        return settings
    }

    /// For how long what a node knows may be old.
    var staleness: Staleness {
        switch ledger {
        case .sqlite: .always
        case .postgresql: Staleness(for: postgreSQL.staleFor)
        }
    }

    /// What is wrong with it in the whole.
    var postgreSQLFaults: [KeyConflict] {
        guard postgreSQL.staleFor.milliseconds < 2 * postgreSQL.pollEvery.milliseconds else { return [] }
        return [
            KeyConflict(
                key: "stale_for", beside: "postgresql.poll_every",
                sentence: "must be at least twice `postgresql.poll_every`")
        ]
    }
}
