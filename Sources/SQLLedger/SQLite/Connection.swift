internal import Dispatch
internal import Ledger
internal import SQL
internal import SQLite
internal import Synchronization

/// A connection and the queue it lives on. Callers wait without holding one of Swift's threads. What is urgent
/// goes first.
///
/// `@unchecked Sendable` because the database, which is not `Sendable`, is touched on `queue` alone.
final class Connection: @unchecked Sendable {
    private typealias Work = @Sendable (Result<Database, LedgerError>) -> Void

    private let queue: DispatchQueue
    private let waiting = Mutex(UrgentFirst<Work>())
    private var database: Database?

    init(_ database: Database, label: String) {
        queue = DispatchQueue(label: label)
        self.database = database
    }

    /// Runs `body` after what was asked for before.
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

    /// Hands the database, or why there is none, to `body`, after what was asked for before.
    func submit(_ body: @escaping @Sendable (Result<Database, LedgerError>) -> Void) {
        let isUrgent = LedgerPriority.isUrgent
        waiting.withLock { $0.append(body, urgent: isUrgent) }
        // As often as there is something that waits, though not each for the one that came with it.
        queue.async {
            let next = self.waiting.withLock { $0.popFirst() }
            next?(self.database.map { .success($0) } ?? .failure(.failed(reason: "the ledger is closed")))
        }
    }

    /// Lets go of the file when all that was asked for before is done.
    func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.database = nil
                continuation.resume()
            }
        }
    }
}

/// Reads, all of it from one moment.
extension Connection: Reader {
    func read<R: Sendable>(
        _ body: @escaping @Sendable (any SQLDatabase) throws -> R
    ) async throws(LedgerError) -> R {
        try await perform { database in
            try database.transaction(.read) { try body(database) }
        }
    }
}

/// The connection that writes, and who is told of what it wrote.
struct WritingConnection: WritingPlace {
    let connection: Connection
    let observer: @Sendable (Change) -> Void

    func submit(_ work: @escaping @Sendable (Transact) -> Void) {
        connection.submit { opened in
            work { body in
                let database = try opened.get()
                let transaction = Transaction(database)
                try database.transaction(.write) { try body(transaction) }
                for change in transaction.changes { observer(change) }
            }
        }
    }
}
