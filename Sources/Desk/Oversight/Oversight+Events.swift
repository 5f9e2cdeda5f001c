public import Ledger
import Tokens

extension Oversight {
    /// A page of events, with the subjects that they name. Throws ``DeskFault/invalid(_:)`` for a filter that cannot be
    /// read.
    public func events(
        _ filter: EventFilter, order: EventQuery.Order, limit: Int
    ) async throws(DeskFault) -> (events: [DescribedEvent], page: EventPage) {
        let query = try await query(filter, order: order, limit: limit)
        let page = try await read { () throws(LedgerError) in try await ledger.events(query) }
        let described = try await read { () throws(LedgerError) in try await ledger.described(page.events) }
        return (described, page)
    }

    /// The query of a filter. Throws ``DeskFault/invalid(_:)``.
    func query(
        _ filter: EventFilter, order: EventQuery.Order, limit: Int
    ) async throws(DeskFault) -> EventQuery {
        var query = EventQuery(order: order, limit: limit)
        var faults = FieldFaults()
        for name in filter.kinds {
            if let kind = Event.Kind(rawValue: name) {
                query.kinds.insert(kind)
            } else if let family = EventFamily(rawValue: name) {
                query.kinds.formUnion(family.kinds)
            } else {
                faults.add("kind", "must be a kind of event, or one of \(EventFamily.list)")
            }
        }
        query.person = try await person(filter.who, "who", &faults)
        query.actor = try await person(filter.actor, "actor", &faults)
        query.subject = try await person(filter.subject, "subject", &faults)
        if !filter.token.isEmpty {
            query.token = TokenID(filter.token)
            if query.token == nil {
                faults.add("token", "must be the identifier of a token, of 13 characters")
            }
        }
        if !filter.address.isEmpty {
            query.address = IPAddress(filter.address)?.description
            if query.address == nil { faults.add("address", "must be an IP address such as 192.0.2.1") }
        }
        if !filter.incident.isEmpty {
            query.incident = Int(filter.incident)
            if query.incident == nil {
                faults.add("incident", "must be the number of an incident, such as 3")
            }
        }
        query.from = moment(filter.from, "from", &faults) { Timestamp(date: $0) }
        query.until = moment(filter.until, "until", &faults) { Timestamp(lastDay: $0) }
        if !filter.search.isEmpty { query.text = filter.search }
        guard faults.isEmpty else { throw .invalid(faults.all) }
        return query
    }

    private func person(
        _ text: String, _ field: String, _ faults: inout FieldFaults
    ) async throws(DeskFault) -> SubjectID? {
        guard !text.isEmpty else { return nil }
        let found = try await read { () throws(LedgerError) -> Subject? in
            if let login = try? Login(text), let found = try await ledger.subject(login: login) {
                return found
            }
            guard let id = SubjectID(text) else { return nil }
            return try await ledger.subject(id)
        }
        if found == nil { faults.add(field, "is the login or identifier of nobody here") }
        return found?.id
    }

    /// A moment in RFC 3339, or a day as `day` reads it. Without a zone, a time is in UTC.
    private func moment(
        _ text: String, _ field: String, _ faults: inout FieldFaults, day: (String) -> Timestamp?
    ) -> Timestamp? {
        guard !text.isEmpty else { return nil }
        // What a form's field for date and time sends has no zone, and seconds only where they are not zero.
        let readings = [text, text + "Z", text + ":00Z"]
        if let moment = day(text) ?? readings.lazy.compactMap({ Timestamp(rfc3339: $0) }).first {
            return moment
        }
        faults.add(field, "must be a time such as 2026-07-01T08:30:00Z, or a day such as 2026-07-01")
        return nil
    }
}

extension EventFamily {
    fileprivate static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension [DescribedEvent] {
    /// The events as CSV (RFC 4180), with a line of headings.
    public var csv: String {
        var table = CSV([
            "time", "kind", "actor", "subject", "token", "address", "detail", "event", "actor_id",
            "subject_id",
            "actor_token", "incident",
        ])
        for described in self {
            let event = described.event
            table.add([
                event.at.rfc3339, event.kind.rawValue, described.actor?.login.text ?? "",
                described.subject?.login.text ?? "", event.token?.text ?? "", event.address, event.detail,
                event.id.text, event.actor?.text ?? "", event.subject?.text ?? "",
                event.actorToken?.text ?? "", event.incident.map(String.init) ?? "",
            ])
        }
        return table.text
    }
}
