internal import SQL
internal import Synchronization

/// The one place that writes. What is asked for while a commit runs shares the next one: a commit waits
/// for the disk, and twenty changes need not wait for it twenty times. What is urgent goes into the next one
/// whatever else waits, and one takes no more than ``most``, so that it does not last long.
final class GroupCommit: Sendable {
    /// One change: makes it within the transaction, or is told why there is none, and gives what
    /// answers its caller once the commit has lasted, or has not.
    private typealias Job = @Sendable (Result<Transaction, LedgerError>) -> Answer
    private typealias Answer = (LedgerError?) -> Void

    private let place: any WriteExecutor
    private let failures: LedgerFailures
    private let waiting = Mutex(UrgentFirst<Job>())

    /// The most changes that share a commit.
    static let most = 64

    init(_ place: any WriteExecutor, failures: LedgerFailures) {
        self.place = place
        self.failures = failures
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
        if case .failure(.failed) = result { failures.add(.writing) }
        return try result.get()
    }

    /// How many changes wait.
    var countWaiting: Int { waiting.withLock(\.count) }

    private func enqueue(_ job: @escaping Job) {
        let isUrgent = LedgerPriority.isUrgent
        let isFirst = waiting.withLock { jobs in
            defer { jobs.append(job, urgent: isUrgent) }
            return jobs.isEmpty
        }
        // Later ones are taken along by the commit that the first one asked for.
        if isFirst { submit() }
    }

    private func submit() {
        place.submit { self.commitWaiting(by: $0) }
    }

    private func commitWaiting(by transact: WriteExecutor.Transact) {
        var jobs: [Job] = []
        var answers: [Answer] = []
        let outcome = LedgerError.catching {
            try transact { transaction in
                // Once the transaction is open: what is asked for while it is waited for comes along.
                jobs = take()
                for job in jobs where transaction.lost == nil {
                    answers.append(job(.success(transaction)))
                }
                if let lost = transaction.lost { throw lost }
            }
        }
        switch outcome {
        case .success:
            for answer in answers { answer(nil) }
        case .failure(let error):
            if jobs.isEmpty { jobs = take() }
            // Those that were not run yet learn it in the same way.
            answers += jobs.dropFirst(answers.count).map { $0(.failure(error)) }
            for answer in answers { answer(error) }
        }
    }

    private func take() -> [Job] {
        let (jobs, isMore) = waiting.withLock { jobs in
            let taken = jobs.popFirst(Self.most)
            return (taken, !jobs.isEmpty)
        }
        if isMore { submit() }
        return jobs
    }
}

/// Where transactions run that write, one after the other.
protocol WriteExecutor: Sendable {
    /// Runs what it is given in a transaction. Returns when that lasts and the observer knows of it.
    typealias Transact = (_ body: (Transaction) throws -> Void) throws -> Void

    /// Hands a way to write to `work`, after what was asked for before.
    func submit(_ work: @escaping @Sendable (Transact) -> Void)
}
