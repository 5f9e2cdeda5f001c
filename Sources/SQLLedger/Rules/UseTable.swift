internal import Ledger
internal import SQL
internal import Tokens

/// A table that counts uses by owner (a token or a subject), day, service, address and client.
enum UseTable {
    case tokens, passwords

    /// How much later an already recorded use can be: uses are gathered for some minutes. One that is later
    /// still was recorded while the clock was ahead, and is replaced.
    static let skew = TimeSpan.hours(1)

    var name: String { self == .tokens ? "uses" : "password_uses" }
    var owner: String { self == .tokens ? "token" : "subject" }
}

/// A use to be counted.
struct UseRow {
    let owner: any Bindable & Sendable
    let service: String
    let address: String
    let client: String
    let lastAt: Timestamp
    let count: Int
    var access: AccessSet = []
}

extension Transaction {
    /// Counts a use in its row, or where the owner has too many rows on that day, in the row with empty
    /// columns. Returns the latest use of its kind and the count of its row.
    func count(_ use: UseRow, in table: UseTable) throws -> (lastAt: Timestamp, count: Int64) {
        if let counted = try add(use, to: table, use.service, use.address, use.client, ifThere: true) {
            return counted
        }
        let rows = try statement(
            "SELECT count(*) FROM \(table.name) WHERE \(table.owner) = ? AND day = ?"
        )
        .first(use.owner, use.lastAt.day) { $0.integer(0) }
        // The last row is reserved for the rest.
        if rows ?? 0 < LedgerLimits.usesPerTokenAndDay - 1 {
            return try add(use, to: table, use.service, use.address, use.client)
                ?? (use.lastAt, Int64(use.count))
        }
        let counted = try add(use, to: table, "", "", "")
        return (use.lastAt, counted?.count ?? Int64(use.count))
    }

    private func add(
        _ use: UseRow, to table: UseTable, _ service: String, _ address: String, _ client: String,
        ifThere: Bool = false
    ) throws -> (lastAt: Timestamp, count: Int64)? {
        let name = table.name
        let change = """
            SET count = \(name).count + ?6,
                last_at = CASE WHEN \(name).last_at > ?7 THEN \(name).last_at ELSE ?7 END,
                access = \(name).access | ?8
            """
        let sql =
            ifThere
            ? """
            UPDATE \(name) \(change)
            WHERE \(table.owner) = ?1 AND day = ?2 AND service = ?3 AND address = ?4 AND client = ?5
            """
            : """
            INSERT INTO \(name) (\(table.owner), day, service, address, client, count, last_at, access)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (\(table.owner), day, service, address, client) DO UPDATE \(change)
            """
        return try statement(sql + " RETURNING \(name).last_at, \(name).count")
            .first(
                use.owner, use.lastAt.day, service, address, client, use.count, use.lastAt,
                Int64(use.access.rawValue)
            ) { row in
                (row.timestamp(0), row.integer(1))
            }
    }
}
