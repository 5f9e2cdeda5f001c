public import Ledger
internal import SQL
public import Tokens

/// A ledger in an SQL database. Its extensions implement every rule once for all engines; an engine
/// implements opening, reading, writing, loading, backup and closing.
///
///     try await ledger.write { transaction in
///         try transaction.insert(token, digest: digest) // queries and changes in one transaction
///         try transaction.insert(event)
///     }
public protocol SQLBackedLedger: Ledger {
    var rows: Rows { get }
}

/// How the rules reach an engine's rows.
public struct Rows: Sendable {
    let reader: any ReadExecutor
    let groupCommit: GroupCommit
    let failures: LedgerFailures
    /// The groups that the configuration names.
    let namedGroups: [String]

    init(
        reader: any ReadExecutor, writing: any WriteExecutor, namedGroups: [String],
        failures: LedgerFailures = LedgerFailures()
    ) {
        self.reader = reader
        self.namedGroups = namedGroups
        self.failures = failures
        groupCommit = GroupCommit(writing, failures: failures)
    }
}

protocol ReadExecutor: Sendable {
    /// Reads in one transaction, which sees one moment, later than every change that was answered before.
    func read<R: Sendable>(
        _ body: @escaping @Sendable (any SQLDatabase) throws -> R
    ) async throws(LedgerError) -> R
}

extension SQLBackedLedger {
    public var failures: LedgerFailures { rows.failures }
    var groupCommit: GroupCommit { rows.groupCommit }
    var namedGroups: [String] { rows.namedGroups }

    func read<R: Sendable>(
        _ body: @escaping @Sendable (any SQLDatabase) throws -> R
    ) async throws(LedgerError) -> R {
        try await rows.failures.counting(.reading) { () async throws(LedgerError) in
            try await rows.reader.read(body)
        }
    }

    /// Makes a change. Returns when it is durable and the observer has been notified.
    func write<R: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> R
    ) async throws(LedgerError) -> R {
        try await groupCommit.write(body)
    }

    public func sweep(at now: Timestamp) async throws(LedgerError) {
        let oldest = now - .days(Int64(LedgerLimits.daysOfUses))
        try await write { transaction in
            for table in [UseTable.tokens, .passwords] {
                try transaction.statement("DELETE FROM \(table.name) WHERE day < ?").run(oldest.day)
            }
            try transaction.statement("DELETE FROM use_days WHERE day < ?").run(UseDay.oldest(at: now))
            try transaction.sweepPlaces(before: oldest.day)
            try transaction.statement("DELETE FROM refusals WHERE day < ?").run(oldest.day)
            try transaction.sweepFewRows(before: oldest, at: now)
        }
        try await sweepJobTokens(at: now)
    }
}

extension Transaction {
    /// Removes what is never much: sessions, invitations, requests, marks, attempts and pauses.
    func sweepFewRows(before oldest: Timestamp, at now: Timestamp) throws {
        try sweepSessions(before: oldest)
        try statement("DELETE FROM token_requests WHERE created_at < ?")
            .run(now - .days(Int64(LedgerLimits.daysOfRequests)))
        try statement("DELETE FROM token_selections WHERE at < ?").run(now - TokenSelection.lasting)
        try statement("DELETE FROM service_days WHERE day < ?").run(UseDay.oldest(at: now))
        try sweepMarks(at: now)
        try sweepAuthorizations(at: now)
        try sweepPauses(at: now)
    }

    /// Removes sessions that were last seen, and invitations that expired, before `oldest`.
    private func sweepSessions(before oldest: Timestamp) throws {
        try statement("DELETE FROM sessions WHERE last_seen_at < ?").run(oldest)
        try statement("DELETE FROM invitations WHERE expires_at < ?").run(oldest)
    }
}
