public import Ledger

/// Why a ledger did not move.
public enum MoveFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process has the source open.
    case sourceInUse(String, by: Int32)
    /// The source's tables are those of an earlier version.
    case sourceTooOld(String)
    /// The source was changed while it was read.
    case sourceChanged(String)
    /// The rows that arrived are not those that the source has now.
    case arrivedOtherwise(table: String)
    /// The target holds something that did not come from there.
    case targetHolds(table: String)
    /// Another process goes on with the same move.
    case takenOver
    /// What arrived is not what was sent.
    case unequal(table: String, sent: RowSum, arrived: RowSum)
    /// One of the two databases failed.
    case failed(LedgerError)

    public var description: String {
        switch self {
        case .sourceInUse(let path, let process):
            "the process \(process) has \(path) open: stop Jeton, and whatever else uses the file, and try again"
        case .sourceTooOld(let path):
            "\(path) was written by an earlier version of Jeton: start this one on it once, stop it, and try again"
        case .sourceChanged(let path):
            "\(path) was changed while it was read: stop Jeton, and whatever else writes to it, and try again"
        case .arrivedOtherwise(let table):
            "what arrived in \(table) is not what the source holds now: if it is the right one and was changed "
                + "since, begin anew with --restart"
        case .targetHolds(let table):
            "the target's table \(table) holds something else already: name an empty database"
        case .takenOver: "another `jeton migrate` goes on with this: let that one end"
        case .unequal(let table, let sent, let arrived):
            "\(table) did not arrive as it was sent (\(sent.count) rows of the sum \(sent.hex), there are "
                + "\(arrived.count) of \(arrived.hex)): begin anew with --restart"
        case .failed(let error): "\(error)"
        }
    }

    init(_ error: any Error) {
        self = error as? MoveFault ?? .failed(LedgerError(error))
    }
}
