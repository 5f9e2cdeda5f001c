internal import Ledger
internal import PostgreSQL
internal import SQLite

extension LedgerError {
    /// What to tell the ledger's caller of an error of the engine's.
    init(_ error: any Error) {
        switch error {
        case let error as LedgerError: self = error
        // All foreign keys point at subjects or at what was looked up in the same transaction.
        case let error as SQLiteError where error.kind == .foreignKey: self = .noSuchSubject
        case let error as PostgreSQLError where error.kind == .foreignKey: self = .noSuchSubject
        default: self = .failed(reason: "\(error)")
        }
    }

    /// The outcome of `body`, with its error as one of the ledger's.
    static func catching<R>(_ body: () throws -> R) -> Result<R, LedgerError> {
        Result(catching: body).mapError { LedgerError($0) }
    }
}
