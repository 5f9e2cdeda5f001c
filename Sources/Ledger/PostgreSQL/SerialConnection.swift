internal import Dispatch
internal import PostgreSQL
internal import SQL
internal import Tokens

/// A connection to PostgreSQL that is opened when it is needed and again when it was lost, and the queue it
/// lives on. Callers wait without holding one of Swift's threads.
///
/// `@unchecked Sendable` because the connection, which is not `Sendable`, is touched on `queue` alone.
final class SerialConnection: @unchecked Sendable {
    let settings: PostgreSQLSettings
    private let queue: DispatchQueue
    private var connection: PostgreSQLConnection?
    private var isClosed = false

    init(_ settings: PostgreSQLSettings, label: String) {
        self.settings = settings
        queue = DispatchQueue(label: label)
    }

    /// Runs `body` after what was asked for before.
    func perform<R: Sendable>(
        _ body: @escaping @Sendable (SerialConnection) throws -> R
    ) async throws(LedgerError) -> R {
        let result: Result<R, LedgerError> = await withCheckedContinuation { continuation in
            submit { line in continuation.resume(returning: LedgerError.catching { try body(line) }) }
        }
        return try result.get()
    }

    /// Runs `body` after what was asked for before.
    func submit(_ body: @escaping @Sendable (SerialConnection) -> Void) {
        queue.async { body(self) }
    }

    /// Begins a transaction with those statements, the last of which may give a number, and hands over the
    /// connection that it is on. Only within what was submitted.
    ///
    /// A connection that turns out to be lost at that is opened anew, once: nothing was asked of it yet.
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

    /// The connection, opened where there is none. Only within what was submitted.
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

    /// Lets go of the connection when all that was asked for before is done.
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
    /// How every transaction begins that writes. The limits are the server's, and go with the transaction:
    /// one whose node was frozen or cut off holds nobody up for long.
    var beginWriting: String { "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE; \(limits)" }

    /// How every transaction begins that only reads, all of it from one moment.
    var beginReading: String {
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; \(limits)"
    }

    private var limits: String {
        let limit = timeout.milliseconds
        // Of two limits that are the same the statement's counts, which does not say that it was a lock.
        return """
            SET LOCAL statement_timeout = \(limit + 500); SET LOCAL lock_timeout = \(limit);
            SET LOCAL idle_in_transaction_session_timeout = \(min(limit, 5000));
            """
    }
}
