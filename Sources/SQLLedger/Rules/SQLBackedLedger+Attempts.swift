public import Ledger
internal import SQL
public import Sodium
public import Tokens

extension SQLBackedLedger {
    public func use(
        _ mark: SHA256Digest, until end: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> Bool {
        try await write { try $0.use(mark, until: end, at: now) }
    }

    public func wait(for keys: [AttemptKey], at now: Timestamp) async throws(LedgerError) -> TimeSpan? {
        try await read { try AttemptTable(database: $0).wait(for: keys, at: now) }
    }

    public func begin(_ keys: [AttemptKey], at now: Timestamp) async throws(LedgerError) -> TimeSpan? {
        try await write { transaction in
            var attempts = AttemptTable(database: transaction.database)
            return try attempts.begin(keys, at: now)
        }
    }

    public func succeed(_ keys: [AttemptKey]) async throws(LedgerError) {
        try await write { transaction in
            var attempts = AttemptTable(database: transaction.database)
            try attempts.succeed(keys)
        }
    }
}

/// Failed attempts, as all nodes count them.
private struct AttemptTable: AttemptStore {
    let database: any SQLDatabase

    func failures(of key: AttemptKey) throws -> FailedAttempts? {
        try database.statement("SELECT count, last_at FROM attempts WHERE digest = ?").first(key.digest) {
            FailedAttempts(count: Int($0.integer(0)), last: $0.timestamp(1))
        }
    }

    func keep(_ failures: FailedAttempts?, of key: AttemptKey) throws {
        guard let failures else {
            try database.statement("DELETE FROM attempts WHERE digest = ?").run(key.digest)
            return
        }
        try database.statement(
            """
            INSERT INTO attempts (digest, count, last_at) VALUES (?1, ?2, ?3)
            ON CONFLICT (digest) DO UPDATE SET count = ?2, last_at = ?3
            """
        ).run(key.digest, failures.count, failures.last)
    }
}

extension Transaction {
    /// Marks something as used until `end`. Returns whether this is the first use.
    func use(_ mark: SHA256Digest, until end: Timestamp, at now: Timestamp) throws -> Bool {
        try statement(
            """
            INSERT INTO used_marks (digest, until) VALUES (?1, ?2)
            ON CONFLICT (digest) DO UPDATE SET until = ?2 WHERE used_marks.until <= ?3
            """
        ).run(mark, end, now) > 0
    }

    /// Removes expired marks and attempts.
    func sweepMarks(at now: Timestamp) throws {
        try statement("DELETE FROM used_marks WHERE until <= ?").run(now)
        try statement("DELETE FROM attempts WHERE last_at < ? OR last_at > ?").run(
            now - FailedAttempts.memory, now + Timestamp.skew)
    }
}
