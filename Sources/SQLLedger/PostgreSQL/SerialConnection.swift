internal import Dispatch
internal import Ledger
internal import PostgreSQL
internal import SQL
internal import Tokens

/// A connection to PostgreSQL with a serial queue on which all its work runs. It is opened when it is first
/// needed and reopened when it was lost. Callers suspend while they wait.
///
/// `@unchecked Sendable` because the connection, which is not `Sendable`, is used on `queue` only.
final class SerialConnection: @unchecked Sendable {
    let settings: PostgreSQLSettings
    private let queue: DispatchQueue
    private var connection: PostgreSQLConnection?
    private var isClosed = false

    init(_ settings: PostgreSQLSettings, label: String) {
        self.settings = settings
        queue = DispatchQueue(label: label)
    }

    /// Runs `body` after work submitted before.
    func perform<R: Sendable>(
        _ body: @escaping @Sendable (SerialConnection) throws -> R
    ) async throws(LedgerError) -> R {
        let result: Result<R, LedgerError> = await withCheckedContinuation { continuation in
            submit { serial in continuation.resume(returning: LedgerError.catching { try body(serial) }) }
        }
        return try result.get()
    }

    /// Runs `body` after work submitted before.
    func submit(_ body: @escaping @Sendable (SerialConnection) -> Void) {
        queue.async { body(self) }
    }

    /// Runs statements that begin a transaction, and returns the connection and the number that the last
    /// statement returns, if any. Call it on the queue.
    ///
    /// A connection that turns out to be lost is reopened once, since nothing was asked of it yet.
    func begin(_ sql: String) throws -> (connection: PostgreSQLConnection, number: Int64?) {
        let (opened, isFresh) = try opened()
        do {
            return (opened, try opened.integer(sql))
        } catch  where error.kind == .connectionLost && !isFresh {
            connection = nil
            let opened = try open()
            return (opened, try opened.integer(sql))
        } catch {
            opened.rollBack()
            throw error
        }
    }

    /// The connection, opened where there is none. Call it on the queue.
    func open() throws -> PostgreSQLConnection { try opened().0 }

    private func opened() throws -> (PostgreSQLConnection, isFresh: Bool) {
        guard !isClosed else { throw LedgerError.failed(reason: "the ledger is closed") }
        if let connection, !connection.isLost {
            connection.rollBack()
            if !connection.isLost { return (connection, false) }
        }
        connection = nil
        let opened = try settings.connect()
        connection = opened
        return (opened, true)
    }

    /// Closes the connection after work submitted before.
    func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.connection = nil
                self.isClosed = true
                continuation.resume()
            }
        }
    }
}

extension PostgreSQLSettings {
    /// Begins a transaction that writes. The server enforces the limits for the transaction: a node that
    /// hangs or is cut off blocks the others only briefly.
    var beginWriting: String { "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE; \(limits)" }

    /// Begins a transaction that reads, all of it from one moment.
    ///
    /// Each run of a statement is planned for its own values: a plan for any value reads all events for a rare kind.
    /// Compiling one (JIT) takes longer than the run.
    var beginReading: String {
        """
        BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; \(limits)
        SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off;
        """
    }

    private var limits: String {
        let limit = timeout.milliseconds
        // Of two equal limits the statement's applies first, and its error does not say that a lock was the
        // cause.
        return """
            SET LOCAL statement_timeout = \(limit + 500); SET LOCAL lock_timeout = \(limit);
            SET LOCAL idle_in_transaction_session_timeout = \(min(limit, 5000));
            """
    }
}
