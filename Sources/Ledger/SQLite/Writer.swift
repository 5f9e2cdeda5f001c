internal import SQLite
internal import Synchronization

/// The one place that writes. What is asked for while a commit runs shares the next one: a commit waits
/// for the disk, and twenty changes need not wait for it twenty times.
final class Writer: Sendable {
    /// One change: makes it within the transaction, or is told why there is none, and gives what
    /// answers its caller once the commit has lasted, or has not.
    private typealias Job = @Sendable (Result<Transaction, LedgerError>) -> Answer
    private typealias Answer = (LedgerError?) -> Void

    private let connection: Connection
    private let observer: @Sendable (Change) -> Void
    private let waiting = Mutex<[Job]>([])

    init(_ connection: Connection, observer: @escaping @Sendable (Change) -> Void) {
        self.connection = connection
        self.observer = observer
    }

    /// Makes a change and returns when it lasts and the observer knows of it.
    func write<R: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> R
    ) async throws(LedgerError) -> R {
        let result: Result<R, LedgerError> = await withCheckedContinuation { continuation in
            enqueue { opened in
                let result = opened.flatMap { $0.attempt(body) }
                return { failure in
                    continuation.resume(returning: failure.map { .failure($0) } ?? result)
                }
            }
        }
        return try result.get()
    }

    private func enqueue(_ job: @escaping Job) {
        let isFirst = waiting.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        // Later ones are taken along by the commit that the first one asked for.
        if isFirst { connection.submit { self.commitWaiting(in: $0) } }
    }

    private func commitWaiting(in opened: Result<Database, LedgerError>) {
        let jobs = waiting.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
        var answers: [Answer] = []
        switch opened.flatMap({ commit(jobs, in: $0, answers: &answers) }) {
        case .success(let changes):
            for change in changes { observer(change) }
            for answer in answers { answer(nil) }
        case .failure(let error):
            // Those that were not run yet learn it in the same way.
            answers += jobs.dropFirst(answers.count).map { $0(.failure(error)) }
            for answer in answers { answer(error) }
        }
    }

    private func commit(
        _ jobs: [Job], in database: Database, answers: inout [Answer]
    ) -> Result<[Change], LedgerError> {
        let transaction = Transaction(database)
        return LedgerError.catching {
            try database.transaction(.write) {
                for job in jobs where transaction.lost == nil {
                    answers.append(job(.success(transaction)))
                }
                if let lost = transaction.lost { throw lost }
            }
            return transaction.changes
        }
    }
}

/// The transaction that a change is made in, together with others that know nothing of it.
final class Transaction {
    let database: Database
    /// What the observer will be told after the commit.
    private(set) var changes: [Change] = []
    /// Why all of it is undone, if it is.
    private(set) var lost: LedgerError?

    init(_ database: Database) {
        self.database = database
    }

    /// Has the observer told of `change` once it lasts.
    func tell(_ change: Change) {
        changes.append(change)
    }

    /// The statement of that text.
    func statement(_ sql: String) throws -> Statement {
        try database.statement(sql)
    }

    /// Runs one caller's change; what it did is undone where it throws, and only that.
    func attempt<R>(_ body: (Transaction) throws -> R) -> Result<R, LedgerError> {
        let told = changes.count
        return LedgerError.catching {
            try statement("SAVEPOINT change").run()
            do {
                let result = try body(self)
                try statement("RELEASE change").run()
                return result
            } catch {
                changes.removeLast(changes.count - told)
                undo(after: error)
                throw error
            }
        }
    }

    private func undo(after error: any Error) {
        do {
            try statement("ROLLBACK TO change").run()
            try statement("RELEASE change").run()
        } catch _ {
            // A full disk and the like end the whole transaction by themselves
            // (https://www.sqlite.org/lang_transaction.html, section 3).
            lost = LedgerError(error)
        }
    }
}
