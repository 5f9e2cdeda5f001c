internal import Ledger
internal import SQL
internal import Tokens

extension UseDay {
    /// The first day that the history still has.
    static func oldest(at now: Timestamp) -> Int64 {
        (now - .days(Int64(LedgerLimits.daysOfHistory))).day
    }
}

extension Transaction {
    /// Counts a use in the history by day and service, or where the secret has too many rows on that day, in the row
    /// with an empty service.
    ///
    /// The hour is that of the latest of these uses: they are written within some minutes.
    func countDay(of use: Use) throws {
        if try add(use, at: use.service, ifThere: true) { return }
        let rows = try statement("SELECT count(*) FROM use_days WHERE token = ? AND day = ?")
            .first(use.secret, use.day) { $0.integer(0) }
        // The last row is reserved for the rest.
        let isFull = rows ?? 0 >= LedgerLimits.servicesPerTokenAndDay - 1
        _ = try add(use, at: isFull ? "" : use.service)
    }

    /// Returns whether there is a row now.
    private func add(_ use: Use, at service: String, ifThere: Bool = false) throws -> Bool {
        let change = "SET count = use_days.count + ?4, hours = use_days.hours | ?5"
        let sql =
            ifThere
            ? "UPDATE use_days \(change) WHERE token = ?1 AND day = ?2 AND service = ?3"
            : """
            INSERT INTO use_days (token, day, service, count, hours) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (token, day, service) DO UPDATE \(change)
            """
        let hour = UseHours(hour: Int(use.lastAt.milliseconds / 3_600_000 % 24))
        return try statement(sql + " RETURNING 1")
            .first(use.secret, use.day, service, use.count, Int64(hour.rawValue)) { _ in true } ?? false
    }
}
