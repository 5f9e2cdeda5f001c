public import Ledger
internal import SQL
public import Tokens

/// A ledger that keeps its rows in an SQL database. All its rules are written here, once for every engine;
/// an engine says how the database is opened, read, written, loaded, copied and closed.
public protocol SQLBackedLedger: Ledger {
    /// How its rows are reached.
    var rows: Rows { get }
}

/// How a ledger's rows are reached. Nobody outside has a use for it.
public struct Rows: Sendable {
    let reader: any Reader
    let writer: Writer
    let failures: LedgerFailures
    /// The groups that the configuration names.
    let namedGroups: [String]

    init(
        reader: any Reader, writing: any WritingPlace, namedGroups: [String],
        failures: LedgerFailures = LedgerFailures()
    ) {
        self.reader = reader
        self.namedGroups = namedGroups
        self.failures = failures
        writer = Writer(writing, failures: failures)
    }
}

/// Where rows are read.
protocol Reader: Sendable {
    /// Reads, with all of `body` from one moment, and from after every change that was answered.
    func read<R: Sendable>(
        _ body: @escaping @Sendable (any SQLDatabase) throws -> R
    ) async throws(LedgerError) -> R
}

extension SQLBackedLedger {
    /// How often it failed since it was opened.
    public var failures: LedgerFailures { rows.failures }
    var writer: Writer { rows.writer }
    var namedGroups: [String] { rows.namedGroups }

    func read<R: Sendable>(
        _ body: @escaping @Sendable (any SQLDatabase) throws -> R
    ) async throws(LedgerError) -> R {
        try await rows.failures.counting(.reading) { () async throws(LedgerError) in
            try await rows.reader.read(body)
        }
    }
}

extension SQLBackedLedger {
    public func sweep(at now: Timestamp) async throws(LedgerError) {
        let oldest = now - .days(Int64(LedgerLimits.daysOfUses))
        try await writer.write { transaction in
            for table in [UseTable.tokens, .passwords] {
                try transaction.statement("DELETE FROM \(table.name) WHERE day < ?").run(oldest.day)
            }
            try transaction.sweepSessions(before: oldest)
            try transaction.sweepMarks(at: now)
        }
    }
}

extension Transaction {
    /// Removes sessions not seen, and invitations over, since `oldest`.
    func sweepSessions(before oldest: Timestamp) throws {
        try statement("DELETE FROM sessions WHERE last_seen_at < ?").run(oldest)
        try statement("DELETE FROM invitations WHERE expires_at < ?").run(oldest)
    }
}
