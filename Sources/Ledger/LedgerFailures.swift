internal import Synchronization

/// Counts how often the ledger failed. A refusal by a rule is no failure.
public final class LedgerFailures: Sendable {
    public enum Work: String, CaseIterable, Sendable {
        case reading
        case writing
        /// Counting uses, where that is separate from other changes.
        case counting
        /// Following the changes of other nodes.
        case following
    }

    private let counts = Mutex<[Work: Int]>([:])

    package init() {}

    public subscript(work: Work) -> Int { counts.withLock { $0[work, default: 0] } }

    package func add(_ work: Work) {
        counts.withLock { $0[work, default: 0] += 1 }
    }

    /// Runs `body` and counts a failure.
    package func counting<R>(
        _ work: Work, _ body: () async throws(LedgerError) -> R
    ) async throws(LedgerError) -> R {
        do throws(LedgerError) {
            return try await body()
        } catch {
            if case .failed = error { add(work) }
            throw error
        }
    }
}
