internal import Ledger
internal import PostgreSQL
internal import SQL
internal import SQLite
internal import Tokens

/// One transaction of the database, which several independent changes share.
final class Transaction {
    let database: any SQLDatabase
    /// The changes to notify the observer of after the commit.
    private(set) var changes: [Change] = []
    /// The error that undoes the whole transaction.
    private(set) var lost: LedgerError?

    /// The time of the latest event.
    var latestEventAt: Timestamp?
    /// The logins that are kept for service accounts.
    let accountLogins: LoginPattern

    init(_ database: any SQLDatabase, accountLogins: LoginPattern) {
        self.database = database
        self.accountLogins = accountLogins
    }

    /// Notifies the observer of `change` after the commit.
    func notify(_ change: Change) {
        changes.append(change)
    }

    func statement(_ sql: String) throws -> any SQLStatement {
        try database.statement(sql)
    }

    /// Runs one caller's change. Where it throws, only its own effects are undone.
    func attempt<R>(_ body: (Transaction) throws -> R) -> Result<R, LedgerError> {
        let notified = changes.count
        return LedgerError.catching {
            try statement("SAVEPOINT change").run()
            do {
                let result = try body(self)
                if let now = latestEventAt {
                    try settleStewards(after: changes[notified...], at: now)
                    try noticeRotations(after: changes[notified...], at: now)
                }
                try statement("RELEASE change").run()
                return result
            } catch {
                changes.removeLast(changes.count - notified)
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
            // A full disk and similar errors end the whole transaction
            // (https://www.sqlite.org/lang_transaction.html, section 3), and so does a lost connection.
            lost = LedgerError(error)
        }
    }
}

extension LedgerError {
    /// The ledger's error for an error of an engine.
    init(_ error: any Error) {
        switch error {
        case let error as LedgerError: self = error
        // Every foreign key refers to a subject, or to a row that was found in the same transaction.
        case let error as SQLiteError where error.kind == .foreignKey: self = .noSuchSubject
        case let error as PostgreSQLError where error.kind == .foreignKey: self = .noSuchSubject
        default: self = .failed(reason: "\(error)")
        }
    }

    /// Runs `body` and converts its error.
    static func catching<R>(_ body: () throws -> R) -> Result<R, LedgerError> {
        Result(catching: body).mapError { LedgerError($0) }
    }
}
