public import Ledger
internal import SQL
internal import Tokens

extension SQLBackedLedger {
    public func add(_ event: Event) async throws(LedgerError) {
        try await write { try $0.insert(event) }
    }

    public func events(_ query: EventQuery) async throws(LedgerError) -> EventPage {
        guard query.limit > 0 else { return EventPage(events: [], cursor: nil, isAtEnd: true) }
        return try await read { try EventSearch(query, in: $0).page() }
    }
}

extension Transaction {
    /// Adds an event with an identifier after those of all events before. Only one transaction writes at a time, so that
    /// events are committed in the order of their identifiers (`docs/decisions/0046-order-of-events.md`).
    func insert(_ event: Event) throws {
        latestEventAt = event.at
        let others = (2...EventColumn.count).map { "?\($0)" }.joined(separator: ", ")
        try statement(
            """
            INSERT INTO events (\(EventColumn.list)) VALUES (
                (SELECT CASE WHEN latest >= ?1 THEN latest + 1 ELSE ?1 END
                    FROM (SELECT max(id) AS latest FROM events) AS newest),
                \(others))
            """
        ).run(
            event.id, event.at, event.kind.rawValue, event.actor, event.subject, event.token, event.address,
            event.detail, event.actorToken, event.incident)
    }
}

enum EventColumn: Int32, ColumnList {
    case id, at, kind, actor, subject, token, address, detail, actorToken, incident
}

extension Row {
    func event() throws -> Event {
        func at(_ column: EventColumn) -> Int32 { column.rawValue }
        return Event(
            id: identifier(at(.id)), try known(Event.Kind(rawValue: text(at(.kind))), "kind of event"),
            at: timestamp(at(.at)), actor: optionalIdentifier(at(.actor)),
            by: optionalIdentifier(at(.actorToken)),
            subject: optionalIdentifier(at(.subject)), token: optionalIdentifier(at(.token)),
            address: text(at(.address)), detail: text(at(.detail)),
            incident: optionalInteger(at(.incident)).map(Int.init))
    }
}
