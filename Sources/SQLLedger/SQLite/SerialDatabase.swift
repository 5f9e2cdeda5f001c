internal import Dispatch
internal import Ledger
internal import SQL
internal import SQLite
internal import Synchronization
internal import Tokens

/// A database with a serial queue on which all its work runs; urgent work goes first. Callers suspend while
/// they wait.
///
/// `@unchecked Sendable` because the database, which is not `Sendable`, is used on `queue` only.
final class SerialDatabase: @unchecked Sendable {
    private typealias QueuedTask = @Sendable (Result<Database, LedgerError>) -> Void

    private let queue: DispatchQueue
    private let waiting = Mutex(UrgentFirst<QueuedTask>())
    private var database: Database?

    init(_ database: Database, label: String) {
        queue = DispatchQueue(label: label)
        self.database = database
    }

    /// Runs `body` after work submitted before.
    func perform<R: Sendable>(_ body: @escaping @Sendable (Database) throws -> R) async throws(LedgerError)
        -> R
    {
        let result: Result<R, LedgerError> = await withCheckedContinuation { continuation in
            submit { opened in
                continuation.resume(
                    returning: opened.flatMap { database in LedgerError.catching { try body(database) } })
            }
        }
        return try result.get()
    }

    /// Passes the database, or the error for a closed one, to `body` after work submitted before.
    func submit(_ body: @escaping @Sendable (Result<Database, LedgerError>) -> Void) {
        let isUrgent = LedgerPriority.isUrgent
        waiting.withLock { $0.append(body, urgent: isUrgent) }
        // One block for each waiting element, though not necessarily its own: an urgent one may overtake.
        queue.async {
            let next = self.waiting.withLock { $0.popFirst() }
            next?(self.database.map { .success($0) } ?? .failure(.failed(reason: "the ledger is closed")))
        }
    }

    /// Closes the file after work submitted before.
    func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.database = nil
                continuation.resume()
            }
        }
    }
}

/// Reads in one transaction that sees one moment.
extension SerialDatabase: ReadExecutor {
    func read<R: Sendable>(
        _ body: @escaping @Sendable (any SQLDatabase) throws -> R
    ) async throws(LedgerError) -> R {
        try await perform { database in
            try database.transaction(.read) { try body(database) }
        }
    }
}

/// Writes on one connection, and notifies the observer after each commit.
struct SQLiteWriteExecutor: WriteExecutor {
    let connection: SerialDatabase
    let accountLogins: LoginPattern
    let observer: @Sendable (Change) -> Void

    func submit(_ work: @escaping @Sendable (Transact) -> Void) {
        connection.submit { opened in
            work { body in
                let database = try opened.get()
                let transaction = Transaction(database, accountLogins: accountLogins)
                try database.transaction(.write) { try body(transaction) }
                for change in transaction.changes { observer(change) }
            }
        }
    }
}
