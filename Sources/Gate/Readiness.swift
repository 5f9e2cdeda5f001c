public import Ledger
import Synchronization

/// Whether a node is able to verify and goes on to be: what `/readyz`, `jeton ready` and monitoring tell.
public final class Readiness: Sendable {
    /// How a node stands.
    public enum State: Hashable, Sendable {
        /// It verifies.
        case ready
        /// It does not know all tokens yet.
        case starting(LoadingProgress)
        /// It may not know all that other nodes changed.
        case stale
        /// It verifies, and is about to stop.
        case draining
    }

    private let index: TokenIndex
    private let staleness: Staleness
    private let isDraining = Atomic(false)

    /// A node that knows what is in `index`, for as long as that is current.
    public init(index: TokenIndex, staleness: Staleness = .always) {
        self.index = index
        self.staleness = staleness
    }

    /// How it stands now.
    public var state: State {
        if isDraining.load(ordering: .relaxed) { return .draining }
        let progress = index.progress
        if !progress.isWhole { return .starting(progress) }
        return staleness.isCurrent ? .ready : .stale
    }

    /// Says from now on that it is about to stop.
    public func drain() {
        isDraining.store(true, ordering: .relaxed)
    }
}
