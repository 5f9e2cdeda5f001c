internal import Ledger
internal import SQL
internal import Tokens

/// Fills what an upgrade adds. On PostgreSQL it takes several steps, so that none of them keeps other nodes from a table
/// for long.
extension UsePlaces {
    /// Fills what a step of the migrations has made, where it has.
    static func run(after step: String, on database: any SQLDatabase) throws {
        if step.contains("CREATE TABLE use_places") { try fillPlaces(database) }
        if step.contains("CREATE TEMPORARY TABLE reaches") { try fillReach(database) }
        if step.contains("ALTER TABLE last_uses ADD COLUMN services") {
            try database.statement(counting(where: "TRUE")).run()
        }
    }

    private static func fillPlaces(_ database: any SQLDatabase) throws {
        let addresses = try database.statement("SELECT DISTINCT address FROM uses").all([]) { $0.text(0) }
        try database.statement(
            "CREATE TEMPORARY TABLE address_networks (address TEXT PRIMARY KEY, network TEXT NOT NULL)"
        ).run()
        try insert(addresses.map { ($0, network(of: $0)) }, into: "address_networks", database)
        try database.statement(
            """
            INSERT INTO use_places (token, service, address, client, network, first_day, last_day)
            SELECT coalesce(tokens.token, tokens.id) AS identity, service, uses.address, client, network, min(day), max(day)
            FROM uses JOIN tokens ON tokens.id = uses.token
                JOIN address_networks ON address_networks.address = uses.address
            GROUP BY identity, service, uses.address, client, network
            """
        ).run()
        try database.statement("DROP TABLE address_networks").run()
        // An index is made sooner from all rows than with each of them.
        for columns in [
            "service, token", "network, address, token", "client, token", "first_day", "last_day",
        ] {
            let name = columns.prefix { $0 != "," }
            try database.statement("CREATE INDEX use_places_by_\(name) ON use_places (\(columns))").run()
        }
    }

    private static func fillReach(_ database: any SQLDatabase) throws {
        let known = try database.statement("SELECT DISTINCT scopes FROM tokens").all([]) { $0.text(0) }
        let reaches = known.compactMap { text in Scopes(text: text).map { (text, $0.reach) } }
        try insert(reaches, into: "reaches", database)
        try database.statement(
            "UPDATE tokens SET reach = found.reach FROM reaches AS found WHERE found.scopes = tokens.scopes"
        ).run()
        try database.statement("DROP TABLE reaches").run()
    }

    /// Inserts many rows of two columns.
    private static func insert(
        _ rows: [(String, some Bindable)], into table: String, _ database: any SQLDatabase
    ) throws {
        let most = 500
        for start in stride(from: 0, to: rows.count, by: most) {
            let part = rows[start..<min(start + most, rows.count)]
            let places = Array(repeating: "(?, ?)", count: part.count).joined(separator: ", ")
            _ = try database.statement("INSERT INTO \(table) VALUES \(places)")
                .forEach(part.flatMap { [$0.0 as any Bindable, $0.1] }) { _ in true }
        }
    }
}
