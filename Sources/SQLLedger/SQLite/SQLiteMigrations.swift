internal import Ledger
internal import SQLite

/// The steps from an empty file to the current schema; step n upgrades a file of `user_version` n to n + 1.
///
/// **Append only**: a released step has run somewhere and never changes.
enum SQLiteMigrations {
    static let steps = [
        schema1, identities, exchanges, tokenAddresses, signInPolicy, provisioning, passwordUses,
        marks, Refolding.step, exchangePlaces, releases, serverSocket, administrators,
        secrets, refusals, useDays, accounts, tokenRules, requests, handedOver, usePlaces, actorTokens,
        eventSearch, incidents, lastSignIns, notices, leaks, decoys, signals, signalOrder,
        authorizations, trustRules, delegations,
    ]

    /// Upgrades the file, each step in a transaction of its own. A process that starts at the same time waits
    /// for the lock and then finds the work done. `upgrading` is called before each step of a ledger that is not new.
    static func run(
        on database: Database, steps: [String] = steps, upgrading: (LedgerUpgrade) -> Void = { _ in }
    ) throws {
        try expectUTF8(database)
        var version: Int
        var isNew = false
        repeat {
            version = try database.transaction(.write) {
                let version = Int(try database.integer("PRAGMA user_version") ?? 0)
                guard version <= steps.count else {
                    throw LedgerError.tooNew(version: version, known: steps.count)
                }
                guard version < steps.count else { return version }
                if version == 0 {
                    try refuseForeign(database)
                    isNew = true
                }
                if !isNew { upgrading(LedgerUpgrade(step: version + 1, steps: steps.count)) }
                try database.execute(steps[version])
                if steps[version] == Refolding.step { try Refolding.run(on: database) }
                try UsePlaces.run(after: steps[version], on: database)
                try database.execute("PRAGMA user_version = \(version + 1)")
                return version + 1
            }
        } while version < steps.count
    }

    /// Refuses a file in UTF-16, in which texts would sort differently.
    static func expectUTF8(_ database: Database) throws {
        guard let encoding = try database.text("PRAGMA encoding"), encoding != "UTF-8" else { return }
        throw LedgerError.failed(
            reason: "the file's encoding is \(encoding), but must be UTF-8: use another file")
    }

    private static func refuseForeign(_ database: Database) throws {
        guard try database.integer("SELECT count(*) FROM sqlite_schema") == 0 else {
            throw LedgerError.failed(reason: "the file is a database of another program")
        }
    }
}
