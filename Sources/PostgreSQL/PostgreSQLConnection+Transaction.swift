internal import CPostgreSQL

extension PostgreSQLConnection {
    /// Whether a transaction is open, be it one that has failed.
    public var isInTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }

    /// Has all that was done since `BEGIN` last.
    public func commit() throws(PostgreSQLError) {
        var isCommitted = false
        try exchange {
            PQsendQuery(handle, "COMMIT")
        } take: { result in
            // A transaction that has failed answers COMMIT with ROLLBACK
            // (https://www.postgresql.org/docs/current/sql-commit.html).
            isCommitted = PQcmdStatus(result.handle).map { String(cString: $0) } == "COMMIT"
        }
        guard isCommitted else {
            throw PostgreSQLError(sqlState: "25P02", message: "the transaction had failed, and was undone")
        }
    }

    /// Undoes the open transaction, if any. Where that fails the connection counts as lost.
    public func rollBack() {
        guard !isLost, isInTransaction else { return }
        do {
            try execute("ROLLBACK")
        } catch {
            isLost = true
        }
    }
}
