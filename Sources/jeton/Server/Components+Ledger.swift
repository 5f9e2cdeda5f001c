import Ledger
import SQLLedger
import TokenIndex
import Tokens

extension Components {
    static func openLedger(
        _ configuration: Configuration, _ lock: LedgerLock?, _ createsLedger: Bool,
        observer: @escaping @Sendable (Change) -> Void
    ) throws(CommandFailure) -> (any Ledger, SharedLedger?) {
        switch configuration.ledger {
        case .sqlite:
            // The path from the lock: a link may have changed in the meantime.
            let path = lock?.path ?? ""
            return try attempt(path) { () throws(LedgerError) in
                (
                    try SQLiteLedger(
                        path: path, namedGroups: configuration.namedGroups,
                        accountLogins: configuration.accounts.logins, upgrading: tell, observer: observer),
                    nil
                )
            }
        case .postgresql(let settings):
            return try attempt("\(settings)") { () throws(LedgerError) in
                let ledger = try PostgreSQLLedger(
                    configuration.complete(settings), makesTables: createsLedger,
                    namedGroups: configuration.namedGroups, accountLogins: configuration.accounts.logins,
                    node: configuration.nodeName, upgrading: tell, observer: observer)
                return (ledger, SharedLedger(ledger: ledger, staleness: configuration.staleness))
            }
        }
    }

    private static func tell(_ upgrade: LedgerUpgrade) { report("\(upgrade)") }

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

/// A ledger that other nodes change as well, and how current this node is.
struct SharedLedger: Sendable {
    let ledger: PostgreSQLLedger
    let staleness: Staleness

    /// Applies the changes since the ledger was loaded.
    func catchUp() async throws(LedgerError) {
        staleness.confirm(try await ledger.catchUp())
    }

    /// Applies the changes of other nodes, until the task is cancelled.
    func follow() async {
        await ledger.follow { moment in
            staleness.confirm(moment)
        } report: { error in
            report(
                error.map { "cannot follow the changes of other nodes: \($0)" }
                    ?? "following the changes of other nodes again")
        }
    }
}
