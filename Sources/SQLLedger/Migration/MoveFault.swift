public import Ledger

/// Why a migration failed.
public enum MoveFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process has the source open.
    case sourceInUse(String, by: Int32)
    /// The source has the schema of an earlier version.
    case sourceTooOld(String)
    case sourceChanged(String)
    /// The rows that arrived differ from the current rows of the source.
    case arrivedOtherwise(table: String)
    /// The target contains rows that did not come from the source.
    case targetHolds(table: String)
    /// Another process continues the same migration.
    case takenOver
    /// The rows that arrived differ from the rows that were sent.
    case unequal(table: String, sent: RowSum, arrived: RowSum)
    case failed(LedgerError)

    public var description: String {
        switch self {
        case .sourceInUse(let path, let process):
            "the process \(process) has \(path) open: stop Jeton and whatever else uses the file, then try again"
        case .sourceTooOld(let path):
            "\(path) has the schema of an earlier version of Jeton: start and stop this version on it, then try again"
        case .sourceChanged(let path):
            "\(path) was changed while it was read: stop Jeton and whatever else writes to it, then try again"
        case .arrivedOtherwise(let table):
            "\(table) in the target differs from the source: if this is the right source and it has changed since, "
                + "start over with --restart"
        case .targetHolds(let table):
            "the target's table \(table) already contains something else: use an empty database"
        case .takenOver: "another `jeton migrate` is running on this target: wait for it to finish"
        case .unequal(let table, let sent, let arrived):
            "\(table) did not arrive intact (sent \(sent.count) rows with the sum \(sent.hex), found "
                + "\(arrived.count) with \(arrived.hex)): start over with --restart"
        case .failed(let error): "\(error)"
        }
    }

    init(_ error: any Error) {
        self = error as? MoveFault ?? .failed(LedgerError(error))
    }
}
