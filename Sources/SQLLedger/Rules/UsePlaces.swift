internal import Ledger
internal import SQL
internal import Tokens

/// The table `use_places`: in which service, from which address and with which client a token was used, with the first
/// and the last day. It answers what `uses`, with a row for each day, is too long for.
///
/// A row changes at most once a day. `last_uses` counts what is distinct in them.
enum UsePlaces {
    /// The network of an address, as the column has it; empty where the address is.
    static func network(of address: String) -> String {
        IPAddress(address).map { $0.site.description } ?? ""
    }

    /// Sets the counts in `last_uses` of the tokens that `condition` is true of.
    static func counting(where condition: String) -> String {
        func distinct(_ column: String, _ more: String = "") -> String {
            """
            (SELECT count(DISTINCT \(column)) FROM use_places
                WHERE token = last_uses.token AND \(column) <> ''\(more))
            """
        }
        return """
            UPDATE last_uses SET services = \(distinct("service", " AND service <> '\(ServiceName.desk)'")),
                networks = \(distinct("network")), clients = \(distinct("client"))
            WHERE \(condition)
            """
    }
}

extension Transaction {
    /// Keeps where a token was used. Where it has been used in too many places, further ones share a row with empty columns.
    func notePlace(of use: UseRow, token: TokenID) throws {
        if try isPlaceKnown(token, use.service, use.address, use.client, use.lastAt.day) { return }
        let places = try statement("SELECT count(*) FROM use_places WHERE token = ?")
            .first(token) { $0.integer(0) }
        let isFull = places ?? 0 >= LedgerLimits.placesPerToken - 1
        if isFull, try isPlaceKnown(token, "", "", "", use.lastAt.day) { return }
        try statement(
            """
            INSERT INTO use_places (token, service, address, client, network, first_day, last_day)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
            """
        ).run(
            token, isFull ? "" : use.service, isFull ? "" : use.address, isFull ? "" : use.client,
            isFull ? "" : UsePlaces.network(of: use.address), use.lastAt.day)
        if places == 0 {
            try countFirstPlace(of: use, token: token)
        } else {
            try statement(UsePlaces.counting(where: "token = ?")).run(token)
        }
    }

    /// What ``UsePlaces/counting(where:)`` finds where there is one place.
    private func countFirstPlace(of use: UseRow, token: TokenID) throws {
        func one(_ isCounted: Bool) -> Int64 { isCounted ? 1 : 0 }
        try statement("UPDATE last_uses SET services = ?2, networks = ?3, clients = ?4 WHERE token = ?1").run(
            token, one(!use.service.isEmpty && use.service != ServiceName.desk),
            one(!UsePlaces.network(of: use.address).isEmpty), one(!use.client.isEmpty))
    }

    /// Whether there is that place, which was then used that day.
    private func isPlaceKnown(
        _ token: TokenID, _ service: String, _ address: String, _ client: String, _ day: Int64
    ) throws -> Bool {
        let place = "token = ?1 AND service = ?2 AND address = ?3 AND client = ?4"
        let last = try statement("SELECT last_day FROM use_places WHERE \(place)")
            .first(token, service, address, client) { $0.integer(0) }
        guard let last else { return false }
        // Most uses are not the first of their day, and then nothing is written.
        if last < day {
            try statement("UPDATE use_places SET last_day = ?5 WHERE \(place)")
                .run(token, service, address, client, day)
        }
        return true
    }

    /// Adds uses to what all tokens together did on each day.
    func countServiceDays(of uses: [Use]) throws {
        struct ServiceDay: Hashable {
            let day: Int64
            let service: String
        }
        var counts: [ServiceDay: Int] = [:]
        for use in uses { counts[ServiceDay(day: use.day, service: use.service), default: 0] += use.count }
        for (key, count) in counts.sorted(by: { ($0.key.day, $0.key.service) < ($1.key.day, $1.key.service) })
        {
            try statement(
                """
                INSERT INTO service_days (day, service, count) VALUES (?1, ?2, ?3)
                ON CONFLICT (day, service) DO UPDATE SET count = service_days.count + ?3
                """
            ).run(key.day, key.service, count)
        }
    }

    /// Moves the places of a token that gets another identifier, and its part in incidents.
    func movePlaces(from id: TokenID, to new: TokenID) throws {
        try statement("UPDATE use_places SET token = ?2 WHERE token = ?1").run(id, new)
        try statement(UsePlaces.counting(where: "token = ?")).run(new)
        try statement("UPDATE incident_tokens SET token = ?2 WHERE token = ?1").run(id, new)
    }

    /// Removes places where tokens were last used before `day`.
    func sweepPlaces(before day: Int64) throws {
        let tokens = try statement("DELETE FROM use_places WHERE last_day < ? RETURNING token")
            .all([day]) { row -> TokenID in row.identifier(0) }
        for token in Set(tokens) { try statement(UsePlaces.counting(where: "token = ?")).run(token) }
    }
}
