internal import Ledger
internal import SQL
internal import Tokens

/// What one node at a time does, with a row that says which one.
enum LeasedWork {
    case cursor(EventCursor)
    /// Polling the stream of that name.
    case stream(String)

    /// A table with the columns `name`, `holder` and `held_until`.
    fileprivate var table: String {
        switch self {
        case .cursor: "event_cursors"
        case .stream: "signal_streams"
        }
    }

    fileprivate var name: String {
        switch self {
        case .cursor(let cursor): cursor.name
        case .stream(let name): name
        }
    }
}

extension SQLBackedLedger {
    /// Makes `holder` the node that does it until `end`, unless another one does at `now`. Returns what `body` reads then, and
    /// `nil` where another one does it.
    func lease<R: Sendable>(
        _ work: LeasedWork, to holder: Int64, until end: Timestamp, at now: Timestamp,
        _ body: @escaping @Sendable (Transaction) throws -> R
    ) async throws(LedgerError) -> R? {
        // Most nodes find, without waiting for writers, that another one does it.
        guard try await read({ try $0.isFree(work, for: holder, at: now) }) else { return nil }
        return try await write { transaction in
            guard try transaction.database.isFree(work, for: holder, at: now) else { return nil }
            try transaction.statement(
                """
                INSERT INTO \(work.table) (name, holder, held_until) VALUES (?1, ?2, ?3)
                ON CONFLICT (name) DO UPDATE SET holder = ?2, held_until = ?3
                """
            ).run(work.name, holder, end)
            return try body(transaction)
        }
    }

    /// Lets another node do it at once.
    func release(_ work: LeasedWork, of holder: Int64) async throws(LedgerError) {
        _ = try await write { transaction in
            try transaction.statement(
                "UPDATE \(work.table) SET holder = NULL, held_until = NULL WHERE name = ?1 AND holder = ?2"
            ).run(work.name, holder)
        }
    }
}

extension SQLDatabase {
    /// Whether that node, or none, does it.
    fileprivate func isFree(_ work: LeasedWork, for holder: Int64, at now: Timestamp) throws -> Bool {
        let held = try statement("SELECT holder, held_until FROM \(work.table) WHERE name = ?").first(
            work.name
        ) {
            ($0.optionalInteger(0), $0.optionalTimestamp(1))
        }
        guard case let (other?, end?)? = held, other != holder else { return true }
        // An end that is very far away was written under a clock that was wrong.
        return end <= now || end.isAhead(of: now, skew: .hours(1))
    }
}
