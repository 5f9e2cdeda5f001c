internal import Ledger
internal import SQL
internal import Synchronization

/// Commits changes in groups. A commit waits for the disk, so changes that arrive while one runs share the
/// next: twenty changes need not wait twenty times.
///
///     let token = try await groupCommit.write { transaction in
///         try transaction.revoke(id, revocation)
///         return try transaction.token(id)
///     }
///
/// Urgent changes join the next commit, whatever else waits. A commit takes at most ``most`` changes, so that
/// it does not last long.
final class GroupCommit: Sendable {
    /// A queued change: called with the transaction or the error; returns the closure that resumes its caller
    /// after the commit.
    private typealias QueuedChange = @Sendable (Result<Transaction, LedgerError>) -> Completion
    private typealias Completion = (LedgerError?) -> Void

    private let place: any WriteExecutor
    private let failures: LedgerFailures
    private let waiting = Mutex(UrgentFirst<QueuedChange>())

    static let most = 64

    init(_ place: any WriteExecutor, failures: LedgerFailures) {
        self.place = place
        self.failures = failures
    }

    /// Makes a change. Returns when it is durable and the observer has been notified.
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

    var countWaiting: Int { waiting.withLock(\.count) }

    private func enqueue(_ change: @escaping QueuedChange) {
        let isUrgent = LedgerPriority.isUrgent
        let isFirst = waiting.withLock { changes in
            defer { changes.append(change, urgent: isUrgent) }
            return changes.isEmpty
        }
        // The commit that the first one asked for takes the later ones along.
        if isFirst { submit() }
    }

    private func submit() {
        place.submit { self.commitWaiting(by: $0) }
    }

    private func commitWaiting(by transact: WriteExecutor.Transact) {
        var changes: [QueuedChange] = []
        var completions: [Completion] = []
        let outcome = LedgerError.catching {
            try transact { transaction in
                // Taken once the transaction is open, so that changes that arrive while it opens are
                // included.
                changes = take()
                for change in changes where transaction.lost == nil {
                    completions.append(change(.success(transaction)))
                }
                if let lost = transaction.lost { throw lost }
            }
        }
        switch outcome {
        case .success:
            for completion in completions { completion(nil) }
        case .failure(let error):
            if changes.isEmpty { changes = take() }
            // Changes that did not run yet get the same error.
            completions += changes.dropFirst(completions.count).map { $0(.failure(error)) }
            for completion in completions { completion(error) }
        }
    }

    private func take() -> [QueuedChange] {
        let (changes, isMore) = waiting.withLock { changes in
            let taken = changes.popFirst(Self.most)
            return (taken, !changes.isEmpty)
        }
        if isMore { submit() }
        return changes
    }
}

/// Runs writing transactions one after the other, on the engine's own queue.
protocol WriteExecutor: Sendable {
    /// Runs a body in a transaction. Returns when it is durable and the observer has been notified.
    typealias Transact = (_ body: (Transaction) throws -> Void) throws -> Void

    /// Passes a way to write to `work`, after work submitted before.
    func submit(_ work: @escaping @Sendable (Transact) -> Void)
}
