public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func add(_ event: Event) async throws(LedgerError) {
        try await writer.write { try $0.insert(event) }
    }

    public func events(
        about subject: SubjectID?, before: EventID?, limit: Int
    ) async throws(LedgerError) -> [Event] {
        let about = subject == nil ? "" : "AND subject = ?3"
        return try await read { database in
            try database.statement(
                """
                SELECT id, at, kind, actor, subject, token, address, detail FROM events
                WHERE id < ?1 \(about) ORDER BY id DESC LIMIT ?2
                """
            ).all([before?.number ?? .max, max(0, limit)] + (subject.map { [$0] } ?? [])) { try $0.event() }
        }
    }
}

extension Transaction {
    func insert(_ event: Event) throws {
        try statement(
            """
            INSERT INTO events (id, at, kind, actor, subject, token, address, detail)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """
        ).run(
            event.id, event.at, event.kind.rawValue, event.actor, event.subject, event.token, event.address,
            event.detail)
    }
}

extension Row {
    fileprivate func event() throws -> Event {
        Event(
            id: identifier(0), try known(Event.Kind(rawValue: text(2)), "kind of event"), at: timestamp(1),
            actor: optionalIdentifier(3), subject: optionalIdentifier(4), token: optionalIdentifier(5),
            address: text(6), detail: text(7))
    }
}
