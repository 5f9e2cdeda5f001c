internal import Ledger
internal import SQL
internal import Tokens

extension UseBatch {
    /// Keeps where the tokens were used, as ``Transaction/notePlace(of:token:)`` does one by one, and what all of them did on
    /// a day.
    func notePlaces(on database: any SQLDatabase) throws {
        let grown: [TokenID] = try database.statement(Self.places).all(columns.map { $0 as any Bindable }) {
            $0.identifier(0)
        }
        if !grown.isEmpty { try Self.countPlaces(of: grown, on: database) }
        try database.statement(
            """
            INSERT INTO service_days (day, service, count)
            SELECT last_at / 86400000 AS day, service, sum(count) FROM \(Self.recorded)
            WHERE EXISTS (SELECT 1 FROM tokens WHERE id = recorded.owner) GROUP BY day, service
            ON CONFLICT (day, service) DO UPDATE SET count = service_days.count + excluded.count
            """
        ).forEach(columns.map { $0 as any Bindable }) { _ in true }
    }

    /// Counts the places of these tokens anew.
    static func countPlaces(of tokens: [TokenID], on database: any SQLDatabase) throws {
        try database.statement(UsePlaces.counting(where: "token = ANY(CAST(CAST(? AS TEXT) AS BIGINT[]))"))
            .run("{\(tokens.map { "\($0.number)" }.joined(separator: ","))}")
    }

    /// Returns the tokens that have a place more.
    private static let places = """
        WITH kinds AS (
            SELECT coalesce(tokens.token, tokens.id) AS token, service, address, client, network,
                min(last_at / 86400000) AS first_day, max(last_at / 86400000) AS last_day, min(position) AS first
            FROM \(recorded) JOIN tokens ON tokens.id = recorded.owner GROUP BY 1, 2, 3, 4, 5
        ), ranked AS (
            SELECT kinds.*, rows.token IS NOT NULL AS is_there,
                row_number() OVER (PARTITION BY kinds.token, rows.token IS NULL ORDER BY first) AS rank,
                CASE WHEN rows.token IS NULL
                    THEN (SELECT count(*) FROM use_places WHERE token = kinds.token) ELSE 0 END AS taken
            FROM kinds LEFT JOIN use_places AS rows ON rows.token = kinds.token
                AND (rows.service, rows.address, rows.client) = (kinds.service, kinds.address, kinds.client)
        ), placed AS (
            SELECT *, is_there OR taken + rank < \(LedgerLimits.placesPerToken) AS is_own FROM ranked
        ), written AS (
            INSERT INTO use_places (token, service, address, client, network, first_day, last_day)
            SELECT token, CASE WHEN is_own THEN service ELSE '' END AS s, CASE WHEN is_own THEN address ELSE '' END AS a,
                CASE WHEN is_own THEN client ELSE '' END AS c, CASE WHEN is_own THEN network ELSE '' END AS n,
                min(first_day), max(last_day)
            FROM placed GROUP BY token, s, a, c, n
            ON CONFLICT (token, service, address, client) DO UPDATE SET last_day = excluded.last_day
            WHERE use_places.last_day < excluded.last_day
        )
        SELECT DISTINCT token FROM placed WHERE NOT is_there ORDER BY token
        """
}
