internal import CSQLite
internal import SQL

extension Database {
    public enum TransactionKind: String {
        /// For writing. Takes the lock at once: a transaction that begins by reading and writes later can be
        /// refused without waiting (https://www.sqlite.org/isolation.html).
        case write = "BEGIN IMMEDIATE"
        /// For reading, all of it from one moment.
        case read = "BEGIN"
    }

    /// Whether a transaction is open. Some errors, such as a full disk, end one by themselves
    /// (https://www.sqlite.org/lang_transaction.html, section 3).
    public var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs `body` in a transaction, which is rolled back where anything throws.
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

    /// Rolls back the open transaction, if any.
    public func rollBack() {
        if isInTransaction { try? execute("ROLLBACK") }
    }
}
