internal import Ledger
internal import SQL
internal import Tokens

/// A batch of uses, as one PostgreSQL array for each column.
struct UseBatch: Sendable {
    /// An array for each column of ``recorded``.
    let columns: [String]

    init(_ uses: ArraySlice<UseRow>) {
        func array(_ text: (UseRow) -> String) -> String { "{\(uses.map(text).joined(separator: ","))}" }
        columns = [
            array { "\($0.owner.bindable.number)" }, array { $0.service.quoted }, array { $0.address.quoted },
            array { $0.client.quoted }, array { "\($0.lastAt.milliseconds)" }, array { "\($0.count)" },
            array { "\($0.access.rawValue)" }, array { UsePlaces.network(of: $0.address).quoted },
        ]
    }

    /// Counts each use in its row, or where the owner has too many rows on that day, in the row with empty
    /// columns, as ``Transaction/count(_:in:)`` does one by one; also updates the latest use of each token.
    func count(in table: UseTable, on database: any SQLDatabase) throws {
        let (uses, owner) = (table.name, table.owner)
        let lastUses = table == .tokens ? Self.lastUses : "SELECT count(*) FROM counted"
        try database.statement(
            """
            WITH kinds AS (
                SELECT owner, last_at / 86400000 AS day, service, address, client, max(last_at) AS last_at,
                    CAST(sum(count) AS BIGINT) AS count, bit_or(access) AS access, min(position) AS first, max(position) AS last
                FROM \(Self.recorded)
                WHERE EXISTS (SELECT 1 FROM \(table.owners) WHERE id = recorded.owner)
                GROUP BY owner, day, service, address, client
            ), ranked AS (
                SELECT kinds.*, rows.\(owner) IS NOT NULL AS is_there,
                    row_number() OVER (
                        PARTITION BY owner, kinds.day, rows.\(owner) IS NULL ORDER BY first
                    ) AS rank,
                    (SELECT count(*) FROM \(uses) WHERE \(owner) = kinds.owner AND day = kinds.day) AS taken
                FROM kinds LEFT JOIN \(uses) AS rows ON rows.\(owner) = kinds.owner
                    AND (rows.day, rows.service, rows.address, rows.client)
                        = (kinds.day, kinds.service, kinds.address, kinds.client)
            ), placed AS (
                SELECT *, is_there OR taken + rank < \(LedgerLimits.usesPerTokenAndDay) AS is_own FROM ranked
            ), counted AS (
                INSERT INTO \(uses) (\(owner), day, service, address, client, count, last_at, access)
                SELECT owner, day, CASE WHEN is_own THEN service ELSE '' END AS s,
                    CASE WHEN is_own THEN address ELSE '' END AS a,
                    CASE WHEN is_own THEN client ELSE '' END AS c, sum(count), max(last_at), bit_or(access)
                FROM placed GROUP BY owner, day, s, a, c
                ON CONFLICT (\(owner), day, service, address, client) DO UPDATE
                SET count = \(uses).count + excluded.count,
                    last_at = greatest(\(uses).last_at, excluded.last_at),
                    access = \(uses).access | excluded.access
                RETURNING *
            )
            \(lastUses)
            """
        ).forEach(columns.map { $0 as any Bindable }) { _ in true }
        if table == .tokens {
            try countDays(on: database)
            try notePlaces(on: database)
        }
    }

    /// Counts the uses in the history by day and service, as ``Transaction/countDay(of:)`` does one by one.
    private func countDays(on database: any SQLDatabase) throws {
        try database.statement(
            """
            WITH days AS (
                SELECT tokens.id AS token, last_at / 86400000 AS day, service, sum(count) AS count,
                    bit_or(CAST(1 AS BIGINT) << CAST(last_at / 3600000 % 24 AS INTEGER)) AS hours,
                    min(position) AS first
                FROM \(Self.recorded)
                JOIN tokens ON tokens.id = recorded.owner
                GROUP BY tokens.id, day, service
            ), ranked AS (
                SELECT days.*, rows.token IS NOT NULL AS is_there,
                    row_number() OVER (
                        PARTITION BY days.token, days.day, rows.token IS NULL ORDER BY first
                    ) AS rank,
                    (SELECT count(*) FROM use_days WHERE (token, day) = (days.token, days.day)) AS taken
                FROM days LEFT JOIN use_days AS rows ON rows.token = days.token
                    AND (rows.day, rows.service) = (days.day, days.service)
            )
            INSERT INTO use_days (token, day, service, count, hours)
            SELECT token, day,
                CASE WHEN is_there OR taken + rank < \(LedgerLimits.servicesPerTokenAndDay)
                    THEN service ELSE '' END AS own,
                sum(count), bit_or(hours)
            FROM ranked GROUP BY token, day, own
            ON CONFLICT (token, day, service) DO UPDATE
            SET count = use_days.count + excluded.count, hours = use_days.hours | excluded.hours
            """
        ).forEach(columns.map { $0 as any Bindable }) { _ in true }
    }

    /// The rows of the batch, as a table that a statement reads.
    static let recorded: String = {
        let arrays = ["BIGINT", "TEXT", "TEXT", "TEXT", "BIGINT", "BIGINT", "BIGINT", "TEXT"]
            .map { "CAST(CAST(? AS TEXT) AS \($0)[])" }.joined(separator: ", ")
        return """
            unnest(\(arrays)) WITH ORDINALITY
                AS recorded (owner, service, address, client, last_at, count, access, network, position)
            """
    }()

    private static let lastUses = """
        INSERT INTO last_uses (token, service, address, client, last_at, count)
        SELECT DISTINCT ON (identifier) coalesce(tokens.token, tokens.id) AS identifier, placed.service, placed.address, placed.client,
            CASE WHEN is_own THEN counted.last_at ELSE placed.last_at END AS latest, counted.count
        FROM placed JOIN counted ON counted.token = placed.owner AND counted.day = placed.day
            AND (counted.service, counted.address, counted.client) = (
                CASE WHEN is_own THEN placed.service ELSE '' END,
                CASE WHEN is_own THEN placed.address ELSE '' END,
                CASE WHEN is_own THEN placed.client ELSE '' END)
        JOIN tokens ON tokens.id = placed.owner
        ORDER BY identifier, latest DESC, last DESC
        ON CONFLICT (token) DO UPDATE
        SET service = excluded.service, address = excluded.address, client = excluded.client,
            last_at = excluded.last_at, count = excluded.count
        WHERE last_uses.last_at <= excluded.last_at
            OR last_uses.last_at > excluded.last_at + \(UseTable.skew.milliseconds)
        """
}

extension UseTable {
    /// The table of the owners.
    fileprivate var owners: String { self == .tokens ? "tokens" : "subjects" }
}

extension Value {
    fileprivate var number: Int64 { if case .integer(let number) = self { number } else { 0 } }
}

extension String {
    /// The text as an element of an array literal
    /// (<https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO>).
    fileprivate var quoted: String {
        "\"" + unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "\""
    }
}
