internal import CSQLite
internal import SQL

extension Database {
    /// How a transaction begins.
    public enum TransactionKind: String {
        /// It will write, and takes the lock at once: one that began by reading and writes later can be
        /// refused without being waited for (https://www.sqlite.org/isolation.html).
        case write = "BEGIN IMMEDIATE"
        /// It only reads, all of it from one moment.
        case read = "BEGIN"
    }

    /// Whether a transaction is open. Some errors, a full disk among them, end one by themselves
    /// (https://www.sqlite.org/lang_transaction.html, section 3).
    public var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs `body` within a transaction: all of it lasts, or, where anything throws, nothing.
    public func transaction<R>(_ kind: TransactionKind, _ body: () throws -> R) throws -> R {
        try statement(kind.rawValue).run()
        do {
            let result = try body()
            try statement("COMMIT").run()
            return result
        } catch {
            rollBack()
            throw error
        }
    }

    /// Undoes the open transaction, if any.
    public func rollBack() {
        if isInTransaction { try? execute("ROLLBACK") }
    }
}
