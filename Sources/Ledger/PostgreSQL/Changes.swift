internal import SQL
internal import Tokens

/// Which record a change is of.
struct ChangedRecord: Hashable, Sendable {
    /// The kinds of records, as the column `kind` names them.
    enum Kind: String {
        case subject, token, demand, password
    }

    let kind: Kind
    let id: Int64
}

extension Change {
    /// Which record it is of.
    var record: ChangedRecord {
        switch self {
        case .subject(let subject): ChangedRecord(kind: .subject, id: subject.id.number)
        case .token(let token, _): ChangedRecord(kind: .token, id: token.id.number)
        case .signInDemand: ChangedRecord(kind: .demand, id: 0)
        case .password(let id): ChangedRecord(kind: .password, id: id.number)
        }
    }
}

/// What was changed by any node, as the tables `change_head` and `changes` tell it.
enum Changes {
    /// On which nodes are notified.
    static let channel = "jeton_changes"

    /// What to say where there is no head.
    static let isDamaged = LedgerError.failed(
        reason: "the ledger's tables are damaged, or `jeton migrate` is filling them: let it end, or restore "
            + "a backup of the database")

    /// What was read at one moment.
    struct Read {
        /// The number of the latest change.
        let head: Int64
        /// Every record that was changed after the number asked for, as it is, with the number of its latest
        /// change; `nil` where not all of those changes are kept any more.
        let records: [(change: Change, number: Int64)]?
    }

    /// Reads what was changed after `number`. Within one transaction that sees one moment.
    static func read(after number: Int64, in database: any SQLDatabase) throws -> Read {
        let head = try head(in: database)
        // Numbers have no gap: each is given out under the row `change_head`, and taken back by a roll-back.
        let count = try database.statement("SELECT count(*) FROM changes WHERE number > ?")
            .first(number) { $0.integer(0) }
        guard count == head - number else { return Read(head: head, records: nil) }
        let demand = try database.signInDemand()
        let records =
            try read(.subject, after: number, Subject.columns, from: "subjects", in: database) { row in
                (.subject(try row.subject()), row.integer(Subject.columnCount))
            }
            + read(.token, after: number, "\(Token.columns), digest", from: "tokens", in: database) { row in
                (.token(try row.token(), try row.tokenDigest()), row.integer(Token.columnCount + 1))
            }
            + read(.password, after: number, "id", in: database) { row in
                (.password(row.identifier(0)), row.integer(1))
            }
            + read(.demand, after: number, "id", in: database) { row in
                (.signInDemand(demand), row.integer(1))
            }
        return Read(head: head, records: records.sorted { $0.number < $1.number })
    }

    /// The number of the latest change.
    static func head(in database: any SQLDatabase) throws -> Int64 {
        guard
            let head = try database.statement("SELECT number FROM change_head").first(read: { $0.integer(0) })
        else {
            throw Changes.isDamaged
        }
        return head
    }

    private static func read(
        _ kind: ChangedRecord.Kind, after number: Int64, _ columns: String, from table: String? = nil,
        in database: any SQLDatabase, _ read: (borrowing Row) throws -> (Change, Int64)
    ) throws -> [(change: Change, number: Int64)] {
        let join = table.map { "JOIN \($0) USING (id)" } ?? ""
        return try database.statement(
            """
            SELECT \(columns), latest.number FROM (
                SELECT id, max(number) AS number FROM changes WHERE number > ? AND kind = ? GROUP BY id
            ) AS latest \(join)
            """
        ).all([number, kind.rawValue], read: read)
    }
}
