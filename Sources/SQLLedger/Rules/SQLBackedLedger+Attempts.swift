public import Ledger
internal import SQL
public import Sodium
public import Tokens

extension SQLBackedLedger {
    public func use(
        _ mark: SHA256Digest, until end: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> Bool {
        try await write { transaction in
            let isFirst = try transaction.statement(
                """
                INSERT INTO used_marks (digest, until) VALUES (?1, ?2)
                ON CONFLICT (digest) DO UPDATE SET until = ?2 WHERE used_marks.until <= ?3
                """
            ).run(mark, end, now)
            return isFirst > 0
        }
    }

    public func wait(for keys: [AttemptKey], at now: Timestamp) async throws(LedgerError) -> TimeSpan? {
        try await read { try $0.wait(for: keys, at: now) }
    }

    public func begin(_ keys: [AttemptKey], at now: Timestamp) async throws(LedgerError) -> TimeSpan? {
        try await write { transaction in
            if let wait = try transaction.database.wait(for: keys, at: now) { return wait }
            for key in keys {
                let failed =
                    try transaction.database.failedAttempts(key)?.another(at: now)
                    ?? FailedAttempts(count: 1, last: now)
                try transaction.keep(failed, of: key)
            }
            return nil
        }
    }

    public func succeed(_ keys: [AttemptKey]) async throws(LedgerError) {
        try await write { transaction in
            for key in keys {
                guard let failed = try transaction.database.failedAttempts(key) else { continue }
                if key.isShared, failed.count > 1 {
                    try transaction.keep(
                        FailedAttempts(count: failed.count - 1, last: failed.last), of: key)
                } else {
                    try transaction.statement("DELETE FROM attempts WHERE digest = ?").run(key.digest)
                }
            }
        }
    }
}

extension SQLDatabase {
    fileprivate func failedAttempts(_ key: AttemptKey) throws -> FailedAttempts? {
        try statement("SELECT count, last_at FROM attempts WHERE digest = ?").first(key.digest) {
            FailedAttempts(count: Int($0.integer(0)), last: $0.timestamp(1))
        }
    }

    fileprivate func wait(for keys: [AttemptKey], at now: Timestamp) throws -> TimeSpan? {
        try keys.compactMap { try failedAttempts($0)?.wait(after: $0.free, at: now) }.max()
    }
}

extension Transaction {
    fileprivate func keep(_ failed: FailedAttempts, of key: AttemptKey) throws {
        try statement(
            """
            INSERT INTO attempts (digest, count, last_at) VALUES (?1, ?2, ?3)
            ON CONFLICT (digest) DO UPDATE SET count = ?2, last_at = ?3
            """
        ).run(key.digest, failed.count, failed.last)
    }

    /// Removes expired marks and attempts.
    func sweepMarks(at now: Timestamp) throws {
        try statement("DELETE FROM used_marks WHERE until <= ?").run(now)
        try statement("DELETE FROM attempts WHERE last_at < ? OR last_at > ?").run(
            now - FailedAttempts.memory, now + Timestamp.skew)
    }
}
