internal import Synchronization

/// How often a ledger could not do its work. That it refused something, since a rule says so, is no failure.
public final class LedgerFailures: Sendable {
    /// What it was to do.
    public enum Work: String, CaseIterable, Sendable {
        /// Reading what somebody asked for.
        case reading
        /// Making a change.
        case writing
        /// Counting uses, where that is done apart from other changes.
        case counting
        /// Following what other nodes change.
        case following
    }

    private let counts = Mutex<[Work: Int]>([:])

    /// None yet.
    package init() {}

    /// How often it failed at that.
    public subscript(work: Work) -> Int { counts.withLock { $0[work, default: 0] } }

    /// Counts a failure.
    package func add(_ work: Work) {
        counts.withLock { $0[work, default: 0] += 1 }
    }

    /// What `body` gives or throws; a failure is counted.
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
