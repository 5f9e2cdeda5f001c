internal import SQL
internal import Tokens

/// Which record a change is of.
struct ChangedRecord: Hashable, Sendable {
    /// The kinds of records, as the column `kind` names them.
    enum Kind: String {
        case subject, token, policy = "demand", password
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
        case .signInPolicy: ChangedRecord(kind: .policy, id: 0)
        case .password(let id): ChangedRecord(kind: .password, id: id.number)
        }
    }
}

/// A change by which its history is known: where a database was put back to an earlier moment, or another took
/// its place that lacks the last ones, the number is given to another change, which was made at another time.
struct ChangeMark: Hashable, Sendable {
    let number: Int64
    /// When it was made by the database's clock, in microseconds; `nil` where that is not kept any more.
    let at: Int64?
}

/// What was changed by any node, as the tables `change_head` and `changes` tell it.
enum Changes {
    /// On which nodes are notified.
    static let channel = "jeton_changes"

    /// What to say where there is no head.
    static let isDamaged = LedgerError.failed(
        reason: "the ledger's tables are damaged, or `jeton migrate` is filling them: let it end, or restore "
            + "a backup of the database")

    /// How far the changes are at one moment.
    struct Head {
        /// The latest change.
        let latest: ChangeMark
        /// When the change was made that was asked for; `nil` where there is none of that number.
        let known: Int64?
    }

    /// What was read at one moment.
    struct Read {
        let head: Head
        /// Every record that was changed after the number asked for, as it is, with the number of its latest
        /// change; `nil` where not all of those changes are kept any more.
        let records: [(change: Change, number: Int64)]?
    }

    /// Reads what was changed after `number`. Within one transaction that sees one moment.
    static func read(
        after number: Int64, knowing known: ChangeMark?, in database: any SQLDatabase
    ) throws -> Read {
        let head = try head(knowing: known, in: database)
        // Numbers have no gap: each is given out under the row `change_head`, and taken back by a roll-back.
        let count = try database.statement("SELECT count(*) FROM changes WHERE number > ?")
            .first(number) { $0.integer(0) }
        guard count == head.latest.number - number else { return Read(head: head, records: nil) }
        let policy = try database.signInPolicy()
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
            + read(.policy, after: number, "id", in: database) { row in
                (.signInPolicy(policy), row.integer(1))
            }
        return Read(head: head, records: records.sorted { $0.number < $1.number })
    }

    /// The latest change, and what is there under the number of the one that is known.
    static func head(knowing known: ChangeMark?, in database: any SQLDatabase) throws -> Head {
        let head = try database.statement(
            """
            SELECT number, (SELECT \(moment) FROM changes WHERE changes.number = change_head.number),
                (SELECT \(moment) FROM changes WHERE changes.number = CAST(? AS BIGINT))
            FROM change_head
            """
        ).first(known?.number) { row in
            Head(
                latest: ChangeMark(number: row.integer(0), at: row.optionalInteger(1)),
                known: row.optionalInteger(2))
        }
        guard let head else { throw isDamaged }
        return head
    }

    /// When a change was made.
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
