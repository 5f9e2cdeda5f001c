internal import CPostgreSQL

extension PostgreSQLConnection {
    /// Whether a transaction is open, including a failed one.
    public var isInTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }

    var isInFailedTransaction: Bool { PQtransactionStatus(handle) == PQTRANS_INERROR }

    /// Commits the open transaction.
    public func commit() throws(PostgreSQLError) {
        var isCommitted = false
        try exchange {
            PQsendQuery(handle, "COMMIT")
        } take: { result in
            // The server answers COMMIT of a failed transaction with ROLLBACK
            // (https://www.postgresql.org/docs/current/sql-commit.html).
            isCommitted = PQcmdStatus(result.handle).map { String(cString: $0) } == "COMMIT"
        }
        guard isCommitted else {
            throw PostgreSQLError(
                sqlState: "25P02", message: "the transaction had failed and was rolled back")
        }
    }

    /// Rolls back the open transaction, if any. Where that fails, the connection counts as lost.
    public func rollBack() {
        guard !isLost, isInTransaction else { return }
        do {
            try execute("ROLLBACK")
        } catch {
            isLost = true
        }
    }
}
