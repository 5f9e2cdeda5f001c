public import Ledger
import Synchronization
public import Tokens

/// The service accounts as they were last read, in memory: every page asks whose steward its reader is, and most
/// readers are nobody's.
///
/// They are read again once one has changed, and after a while: a node that lost its connection may have missed a
/// change.
public final class KnownAccounts: Sendable {
    private struct State {
        var accounts: [Subject]?
        var readAt = Timestamp(seconds: 0)
        /// The number of changes so far.
        var changes = 0
    }

    private let state = Mutex(State())
    private let lasting: TimeSpan

    /// - Parameter lasting: how long what was read counts; nothing is kept by default.
    public init(lasting: TimeSpan = .seconds(0)) {
        self.lasting = lasting
    }

    /// Takes notice of a change in the ledger.
    public func apply(_ change: Change) {
        guard case .subject(let subject) = change, !subject.isPerson else { return }
        state.withLock { state in
            state.accounts = nil
            state.changes += 1
        }
    }

    /// The accounts, which `read` reads where they are not known. `now` is monotonic.
    func accounts(
        at now: Timestamp, _ read: () async throws(DeskFault) -> [Subject]
    ) async throws(DeskFault) -> [Subject] {
        let (known, changes) = state.withLock { state in
            (now - state.readAt < lasting ? state.accounts : nil, state.changes)
        }
        if let known { return known }
        let accounts = try await read()
        state.withLock { state in
            // What changed meanwhile may not be in it.
            guard state.changes == changes else { return }
            state.accounts = accounts
            state.readAt = now
        }
        return accounts
    }
}
