import Ledger
import Tokens

/// A ledger that other nodes change, too, and what this node knows of that.
struct SharedLedger: Sendable {
    let ledger: PostgreSQLLedger
    /// Says whether this node knows of every change.
    let staleness: Staleness

    /// Takes in what was changed since the ledger was loaded.
    func catchUp() async throws(LedgerError) {
        staleness.confirm(try await ledger.catchUp())
    }

    /// Takes in what other nodes change until the task is cancelled.
    func follow() async {
        await ledger.follow { moment in
            staleness.confirm(moment)
        } report: { error in
            report(
                error.map { "what other nodes change cannot be followed: \($0)" }
                    ?? "what other nodes change is followed again")
        }
    }
}
