internal import Ledger
internal import PostgreSQL
internal import SQL
internal import Tokens

/// Writes on one connection, and on one node at a time.
///
/// Every transaction first locks the row that counts the changes. So only one node writes at a time, and the
/// statements that keep SQLite's rules for its single writer keep them here. The next transaction sees
/// everything that the one before did, and its changes get the next numbers. A commit or rollback releases
/// the row; the server rolls back for a node that disappeared.
struct PostgreSQLWriteExecutor: WriteExecutor {
    let serial: SerialConnection
    let accountLogins: LoginPattern
    let order: ChangeOrder

    func submit(_ work: @escaping @Sendable (Transact) -> Void) {
        serial.submit { serial in
            work { body in try write(on: serial, body) }
        }
    }

    private func write(on serial: SerialConnection, _ body: (Transaction) throws -> Void) throws {
        let opened = try serial.begin(
            serial.settings.beginWriting + " SELECT number FROM change_head FOR UPDATE")
        guard let number = opened.number else {
            opened.connection.rollBack()
            throw Changes.isDamaged
        }
        let transaction = Transaction(opened.connection, accountLogins: accountLogins)
        let moment: Int64?
        do {
            try body(transaction)
            moment = try transaction.keepChanges(after: number, in: order)
        } catch {
            opened.connection.rollBack()
            throw error
        }
        try order.commit(transaction.changes, after: number, at: moment) { try commit(opened.connection) }
    }

    private func commit(_ connection: PostgreSQLConnection) throws {
        do {
            try connection.commit()
        } catch  where error.kind == .connectionLost {
            throw LedgerError.uncertain(
                reason: "the connection to PostgreSQL was lost during the commit: \(error)")
        } catch {
            connection.rollBack()
            throw error
        }
    }
}

extension Transaction {
    /// Adds the changes to the log with the numbers after `number`, and notifies every node at the commit.
    /// Returns the time of the changes by the database's clock. Throws unless they continue the history that
    /// this node knows.
    fileprivate func keepChanges(after number: Int64, in order: ChangeOrder) throws -> Int64? {
        guard !changes.isEmpty else { return nil }
        let known = order.known
        let kept = try statement(
            """
            WITH kept AS (
                INSERT INTO changes (number, kind, id)
                SELECT CAST(? AS BIGINT) + position, kind, id
                FROM unnest(string_to_array(?, ','), CAST(string_to_array(?, ',') AS BIGINT[]))
                    WITH ORDINALITY AS listed (kind, id, position)
                RETURNING number, at
            ), moved AS (
                UPDATE change_head SET number = (SELECT max(number) FROM kept) RETURNING number
            )
            SELECT (SELECT \(Changes.moment) FROM kept LIMIT 1),
                (SELECT \(Changes.moment) FROM changes WHERE changes.number = CAST(? AS BIGINT)),
                pg_notify('\(Changes.channel)', CAST(number AS TEXT))
            FROM moved
            """
        ).first(
            number, changes.map(\.record.kind.rawValue).joined(separator: ","),
            changes.map { "\($0.record.id)" }.joined(separator: ","), known?.number
        ) { row in (at: row.optionalInteger(0), known: row.optionalInteger(1)) }
        try order.check(
            ChangeHead(latest: ChangeMark(number: number, at: nil), known: kept?.known), of: known)
        return kept?.at
    }
}
