import Ledger
import Tokens

extension House {
    static func openLedger(
        _ configuration: Configuration, _ lock: LedgerLock?, _ makesLedger: Bool,
        observer: @escaping @Sendable (Change) -> Void
    ) throws(CommandFailure) -> (any Ledger, SharedLedger?) {
        switch configuration.ledger {
        case .sqlite:
            // As the lock has it: a link could lead elsewhere by now.
            let path = lock?.path ?? ""
            return try attempt(path) { () throws(LedgerError) in
                (
                    try SQLiteLedger(path: path, namedGroups: configuration.namedGroups, observer: observer),
                    nil
                )
            }
        case .postgresql(let settings):
            return try attempt("\(settings)") { () throws(LedgerError) in
                let ledger = try PostgreSQLLedger(
                    configuration.complete(settings), makesTables: makesLedger,
                    namedGroups: configuration.namedGroups, observer: observer)
                return (ledger, SharedLedger(ledger: ledger, freshness: configuration.freshness))
            }
        }
    }

    private static func attempt<Value>(
        _ place: String, _ open: () throws(LedgerError) -> Value
    ) throws(CommandFailure) -> Value {
        do {
            return try open()
        } catch {
            throw .failed("cannot open the ledger \(place): \(error)")
        }
    }
}

/// A ledger that other nodes change, too, and what this node knows of that.
struct SharedLedger: Sendable {
    let ledger: PostgreSQLLedger
    /// Says whether this node knows of every change.
    let freshness: Freshness

    /// Takes in what was changed since the ledger was loaded.
    func catchUp() async throws(LedgerError) {
        freshness.confirm(try await ledger.catchUp())
    }

    /// Takes in what other nodes change until the task is cancelled.
    func follow() async {
        await ledger.follow { moment in
            freshness.confirm(moment)
        } report: { error in
            report(
                error.map { "what other nodes change cannot be followed: \($0)" }
                    ?? "what other nodes change is followed again")
        }
    }
}
