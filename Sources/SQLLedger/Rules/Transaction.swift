internal import Ledger
internal import PostgreSQL
internal import SQL
internal import SQLite

/// The transaction that a change is made in, together with others that know nothing of it.
final class Transaction {
    let database: any SQLDatabase
    /// What the observer will be told after the commit.
    private(set) var changes: [Change] = []
    /// Why all of it is undone, if it is.
    private(set) var lost: LedgerError?

    init(_ database: any SQLDatabase) {
        self.database = database
    }

    /// Has the observer told of `change` once it lasts.
    func tell(_ change: Change) {
        changes.append(change)
    }

    /// The statement of that text.
    func statement(_ sql: String) throws -> any SQLStatement {
        try database.statement(sql)
    }

    /// Runs one caller's change; what it did is undone where it throws, and only that.
    func attempt<R>(_ body: (Transaction) throws -> R) -> Result<R, LedgerError> {
        let told = changes.count
        return LedgerError.catching {
            try statement("SAVEPOINT change").run()
            do {
                let result = try body(self)
                try statement("RELEASE change").run()
                return result
            } catch {
                changes.removeLast(changes.count - told)
                undo(after: error)
                throw error
            }
        }
    }

    private func undo(after error: any Error) {
        do {
            try statement("ROLLBACK TO change").run()
            try statement("RELEASE change").run()
        } catch _ {
            // A full disk and the like end the whole transaction by themselves
            // (https://www.sqlite.org/lang_transaction.html, section 3), and so does a lost connection.
            lost = LedgerError(error)
        }
    }
}

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
