internal import Ledger
internal import SQL
internal import Tokens

/// The record that a change concerns.
struct ChangedRecord: Hashable, Sendable {
    /// The values of the column `kind`.
    enum Kind: String {
        case subject, token, policy = "demand", rules, password, decoy
    }

    let kind: Kind
    let id: Int64
}

extension Change {
    var record: ChangedRecord {
        switch self {
        case .subject(let subject): ChangedRecord(kind: .subject, id: subject.id.number)
        case .secret(let record, _): ChangedRecord(kind: .token, id: record.secret.number)
        case .signInPolicy: ChangedRecord(kind: .policy, id: 0)
        // Nodes of a version before it skip what they do not know.
        case .tokenPolicy: ChangedRecord(kind: .rules, id: 0)
        case .decoy(let decoy): ChangedRecord(kind: .decoy, id: decoy.id.number)
        case .password(let id): ChangedRecord(kind: .password, id: id.number)
        }
    }
}

/// Identifies a change in a history. Where a database was restored, or replaced by one that lacks the latest
/// changes, the same number belongs to another change, made at another time.
struct ChangeMark: Hashable, Sendable {
    let number: Int64
    /// The time of the change by the database's clock, in microseconds; `nil` where it is no longer kept.
    let at: Int64?
}

/// The latest change at one moment.
struct ChangeHead {
    let latest: ChangeMark
    /// The time of the change that was asked for; `nil` where there is none of that number.
    let known: Int64?
}

/// The log of changes of all nodes, in the tables `change_head` and `changes`.
enum Changes {
    /// The channel for `NOTIFY`.
    static let channel = "jeton_changes"

    /// The error for a missing head.
    static let isDamaged = LedgerError.failed(
        reason: "the ledger's tables are damaged, or `jeton migrate` is running: wait for it to finish, or "
            + "restore a backup of the database")

    /// What was read at one moment.
    struct Read {
        let head: ChangeHead
        /// Every record that changed after the given number, as it now is, with the number of its latest
        /// change; `nil` where some of those changes are no longer kept.
        let records: [(change: Change, number: Int64)]?
    }

    /// Reads what changed after `number`. Call it within a transaction that sees one moment.
    static func read(
        after number: Int64, knowing known: ChangeMark?, in database: any SQLDatabase
    ) throws -> Read {
        let head = try head(knowing: known, in: database)
        // Numbers have no gaps: they are assigned under a lock on the row `change_head`, and a rollback takes
        // them back.
        let count = try database.statement("SELECT count(*) FROM changes WHERE number > ?")
            .first(number) { $0.integer(0) }
        guard count == head.latest.number - number else { return Read(head: head, records: nil) }
        let (policy, rules) = (try database.signInPolicy(), try database.tokenPolicy())
        let records =
            try read(.subject, after: number, Subject.columns, from: "subjects", in: database) { row in
                (.subject(try row.subject()), row.integer(SubjectColumn.count))
            }
            + read(.token, after: number, TokenRecord.columns, from: "tokens", in: database) { row in
                let (record, digest) = try row.tokenRecord()
                return (.secret(record, digest), row.integer(TokenRecord.columnCount))
            }
            + read(.decoy, after: number, DecoyRecord.columns, from: "decoys", in: database) { row in
                (.decoy(try row.decoyRecord()), row.integer(DecoyRecord.columnCount))
            }
            + read(.password, after: number, "id", in: database) { row in
                (.password(row.identifier(0)), row.integer(1))
            }
            + read(.policy, after: number, "id", in: database) { row in
                (.signInPolicy(policy), row.integer(1))
            }
            + read(.rules, after: number, "id", in: database) { row in
                (.tokenPolicy(rules), row.integer(1))
            }
        return Read(head: head, records: records.sorted { $0.number < $1.number })
    }

    /// Reads the latest change, and the time of the change that has the number of `known`.
    static func head(knowing known: ChangeMark?, in database: any SQLDatabase) throws -> ChangeHead {
        let head = try database.statement(
            """
            SELECT number, (SELECT \(moment) FROM changes WHERE changes.number = change_head.number),
                (SELECT \(moment) FROM changes WHERE changes.number = CAST(? AS BIGINT))
            FROM change_head
            """
        ).first(known?.number) { row in
            ChangeHead(
                latest: ChangeMark(number: row.integer(0), at: row.optionalInteger(1)),
                known: row.optionalInteger(2))
        }
        guard let head else { throw isDamaged }
        return head
    }

    /// The time of a change in SQL.
    static let moment = "CAST(extract(epoch FROM at) * 1000000 AS BIGINT)"

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
