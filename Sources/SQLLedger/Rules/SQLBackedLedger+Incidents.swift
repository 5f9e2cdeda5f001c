public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func open(
        _ incident: NewIncident, pausing bulk: BulkChange, event: Event
    ) async throws(LedgerError) -> (incident: Incident, outcome: BulkOutcome) {
        try await write { try $0.open(incident, pausing: bulk, event: event) }
    }

    public func close(_ number: Int, event: Event) async throws(LedgerError) -> Incident {
        try await write { transaction in
            guard let incident = try transaction.database.incident(number) else {
                throw LedgerError.noSuchIncident
            }
            guard incident.closedAt == nil else { return incident }
            let paused = try transaction.database.counts(of: number, at: event.at)[.paused] ?? 0
            guard paused == 0 else { throw LedgerError.incidentHasPauses(paused) }
            try transaction.statement("UPDATE incidents SET closed_at = ?2 WHERE number = ?1")
                .run(number, event.at)
            try transaction.insert(event.with(detail: incident.title).within(incident: number))
            return try transaction.database.incident(number) ?? incident
        }
    }

    public func incident(_ number: Int) async throws(LedgerError) -> Incident? {
        try await read { try $0.incident(number) }
    }

    public func incidents(before: Int?, limit: Int) async throws(LedgerError) -> [Incident] {
        try await read { database in
            try database.statement(
                "SELECT \(IncidentColumn.list) FROM incidents WHERE number < ?1 ORDER BY number DESC LIMIT ?2"
            ).all([before.map(Int64.init) ?? .max, max(0, limit)]) { $0.incident() }
        }
    }

    public func counts(
        of number: Int, at now: Timestamp
    ) async throws(LedgerError) -> [IncidentTokenState: Int] {
        try await read { try $0.counts(of: number, at: now) }
    }

    public func tokens(
        of number: Int, in state: IncidentTokenState, at now: Timestamp, after: TokenID?, limit: Int
    ) async throws(LedgerError) -> [TokenID] {
        try await read { database in
            try database.statement(
                """
                SELECT token FROM (\(database.incidentTokens)) AS members
                WHERE state = ?3 AND token > ?4 ORDER BY token LIMIT ?5
                """
            ).all([number, now, state.rawValue, after?.number ?? 0, max(0, limit)]) { $0.identifier(0) }
        }
    }
}

extension Transaction {
    fileprivate func open(
        _ new: NewIncident, pausing bulk: BulkChange, event: Event
    ) throws -> (incident: Incident, outcome: BulkOutcome) {
        let number = Int(
            try statement("SELECT coalesce(max(number), 0) + 1 FROM incidents").first { $0.integer(0) } ?? 1)
        try statement(
            "INSERT INTO incidents (number, title, opened_at, opened_by) VALUES (?, ?, ?, ?)"
        ).run(number, new.title, new.at, new.by)
        try insert(event.with(detail: new.title).within(incident: number))
        let change = BulkChange(
            bulk.act, bulk.tokens, event: bulk.event, note: bulk.note, incident: number)
        let outcome = try self.change(change)
        let incident = Incident(number: number, title: new.title, openedAt: new.at, openedBy: new.by)
        return (incident, outcome)
    }

    /// Keeps that an incident paused these tokens.
    func note(_ tokens: [TokenID], in incident: Int, _ pause: Pause) throws {
        try statement(
            """
            INSERT INTO incident_tokens (incident, token, paused_at, paused_by)
            SELECT CAST(?2 AS BIGINT), token_id, CAST(?3 AS BIGINT), CAST(?4 AS BIGINT)
            FROM tokens WHERE token_id IN \(database.dialect.numbers(of: "?1")) AND replaced_at IS NULL
            ON CONFLICT (incident, token) DO UPDATE SET paused_at = excluded.paused_at, paused_by = excluded.paused_by
            """
        ).run(tokens.numberList, incident, pause.at, pause.by)
    }

    /// The moment of the next pause by an incident: later than all of them, since they are told apart by it.
    func momentOfPause(from now: Timestamp) throws -> Timestamp {
        let latest = try statement("SELECT max(paused_at) FROM incident_tokens").first {
            $0.optionalTimestamp(0)
        }
        guard let latest = latest ?? nil, latest >= now else { return now }
        return latest + TimeSpan(milliseconds: 1)
    }
}

private enum IncidentColumn: Int32, ColumnList {
    case number, title, openedAt, openedBy, closedAt
}

extension Row {
    fileprivate func incident() -> Incident {
        func at(_ column: IncidentColumn) -> Int32 { column.rawValue }
        return Incident(
            number: Int(integer(at(.number))), title: text(at(.title)), openedAt: timestamp(at(.openedAt)),
            openedBy: optionalIdentifier(at(.openedBy)), closedAt: optionalTimestamp(at(.closedAt)))
    }
}

extension SQLDatabase {
    fileprivate func incident(_ number: Int) throws -> Incident? {
        try statement("SELECT \(IncidentColumn.list) FROM incidents WHERE number = ?").first(number) {
            $0.incident()
        }
    }

    fileprivate func counts(of number: Int, at now: Timestamp) throws -> [IncidentTokenState: Int] {
        let counts = try statement(
            "SELECT state, count(*) FROM (\(incidentTokens)) AS members GROUP BY state"
        )
        .all([number, now]) { row in
            (try row.known(IncidentTokenState(rawValue: row.text(0)), "state"), Int(row.integer(1)))
        }
        return Dictionary(uniqueKeysWithValues: counts)
    }

    /// The tokens of the incident `?1` with their states at `?2`.
    fileprivate var incidentTokens: String {
        let pause = "' \(Pause.Source.incident.rawValue),' || incident_tokens.paused_at || ','"
        return """
            SELECT tokens.token_id AS token, CASE
                WHEN tokens.revoked_at IS NOT NULL OR tokens.expires_at <= ?2 THEN '\(IncidentTokenState.ended.rawValue)'
                WHEN \(dialect.holds(pause, in: "' ' || tokens.pauses")) THEN '\(IncidentTokenState.paused.rawValue)'
                ELSE '\(IncidentTokenState.released.rawValue)' END AS state
            FROM incident_tokens JOIN tokens ON tokens.token_id = incident_tokens.token AND tokens.replaced_at IS NULL
            WHERE incident_tokens.incident = ?1
            """
    }
}
