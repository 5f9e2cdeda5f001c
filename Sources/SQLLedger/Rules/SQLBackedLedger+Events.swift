public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func add(_ event: Event) async throws(LedgerError) {
        try await write { try $0.insert(event) }
    }

    public func events(
        about subject: SubjectID?, before: EventID?, limit: Int
    ) async throws(LedgerError) -> [Event] {
        let about = subject == nil ? "" : "AND subject = ?3"
        return try await read { database in
            try database.statement(
                """
                SELECT \(EventColumn.list) FROM events
                WHERE id < ?1 \(about) ORDER BY id DESC LIMIT ?2
                """
            ).all([before?.number ?? .max, max(0, limit)] + (subject.map { [$0] } ?? [])) { try $0.event() }
        }
    }

    public func events(
        of token: TokenID, kinds: Set<Event.Kind>, before: EventID?, limit: Int
    ) async throws(LedgerError) -> [Event] {
        let names = kinds.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        let ofKinds = kinds.isEmpty ? "" : "AND kind IN (\(names))"
        return try await read { database in
            try database.statement(
                """
                SELECT \(EventColumn.list) FROM events
                WHERE token IN (SELECT ?1 UNION SELECT id FROM tokens WHERE token = ?1) AND token IS NOT NULL
                    AND id < ?2 \(ofKinds) ORDER BY id DESC LIMIT ?3
                """
            ).all([token, before?.number ?? .max, max(0, limit)]) { try $0.event() }
        }
    }
}

extension Transaction {
    func insert(_ event: Event) throws {
        latestEventAt = event.at
        try statement(
            "INSERT INTO events (\(EventColumn.list)) VALUES (\(EventColumn.placeholders))"
        ).run(
            event.id, event.at, event.kind.rawValue, event.actor, event.subject, event.token, event.address,
            event.detail, event.actorToken)
    }
}

private enum EventColumn: Int32, ColumnList {
    case id, at, kind, actor, subject, token, address, detail, actorToken
}

extension Row {
    fileprivate func event() throws -> Event {
        func at(_ column: EventColumn) -> Int32 { column.rawValue }
        return Event(
            id: identifier(at(.id)), try known(Event.Kind(rawValue: text(at(.kind))), "kind of event"),
            at: timestamp(at(.at)), actor: optionalIdentifier(at(.actor)),
            by: optionalIdentifier(at(.actorToken)),
            subject: optionalIdentifier(at(.subject)), token: optionalIdentifier(at(.token)),
            address: text(at(.address)), detail: text(at(.detail)))
    }
}
