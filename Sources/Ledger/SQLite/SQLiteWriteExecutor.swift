internal import SQL
internal import SQLite

/// The connection that writes, and who is told of what it wrote.
struct SQLiteWriteExecutor: WriteExecutor {
    let connection: Connection
    let observer: @Sendable (Change) -> Void

    func submit(_ work: @escaping @Sendable (Transact) -> Void) {
        connection.submit { opened in
            work { body in
                let database = try opened.get()
                let transaction = Transaction(database)
                try database.transaction(.write) { try body(transaction) }
                for change in transaction.changes { observer(change) }
            }
        }
    }
}
