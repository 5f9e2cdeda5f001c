internal import Ledger
internal import SQL
internal import Tokens

/// Finds the events of a query. It follows one or several *walks*, each along an index in the order of the events, and
/// merges what they find. A walk reads portions of events and checks the conditions that its index does not answer.
///
/// However few events match, at most ``EventQuery/mostRead`` are read. Then the page ends where the first walk has
/// stopped.
struct EventSearch {
    private let query: EventQuery
    private let database: any SQLDatabase
    private let conditions: EventConditions

    init(_ query: EventQuery, in database: any SQLDatabase) throws {
        self.query = query
        self.database = database
        conditions = try EventConditions(query, in: database)
    }

    func page() throws -> EventPage {
        let walks = walks
        var found: [EventID: Event] = [:]
        var horizon: EventID?
        for walk in walks {
            let (events, stop) = try follow(walk, reading: EventQuery.mostRead / walks.count)
            for event in events { found[event.id] = event }
            if let stop, horizon.map({ query.order.comes(stop, before: $0) }) ?? true { horizon = stop }
        }
        // Behind the first stop, another walk may have found what this one has not come to.
        let events = found.values.filter { event in
            horizon.map { !query.order.comes($0, before: event.id) } ?? true
        }.sorted { query.order.comes($0.id, before: $1.id) }
        if events.count > query.limit {
            return EventPage(
                events: Array(events.prefix(query.limit)), cursor: events[query.limit - 1].id, isAtEnd: false)
        }
        return EventPage(
            events: events, cursor: try horizon ?? endCursor(events), isAtEnd: horizon == nil)
    }

    /// The walks that find every event of the query: along the index that leads to the fewest events.
    private var walks: [EventLead] {
        if let token = query.token { return [.token(token)] }
        if let incident = query.incident { return [.incident(incident)] }
        if let subject = query.subject { return [.subject(subject)] }
        if let actor = query.actor { return [.actor(actor)] }
        if let person = query.person { return [.subject(person), .actor(person)] }
        if let address = query.address { return [.address(address)] }
        return query.kinds.isEmpty
            ? [.all] : query.kinds.sorted { $0.rawValue < $1.rawValue }.map(EventLead.kind)
    }

    /// Where to continue when nothing was left out.
    private func endCursor(_ events: [Event]) throws -> EventID? {
        switch query.order {
        case .newestFirst(let before): return events.last?.id ?? before
        case .oldestFirst(let after):
            let newest = try database.statement("SELECT max(id) FROM events").first {
                $0.optionalIdentifier(0) as EventID?
            }.flatMap(\.self)
            return [after, newest].compactMap(\.self).max()
        }
    }

    /// The first events of a walk, one more than the page can have, and the last identifier that was read unless it came
    /// to the end.
    private func follow(_ lead: EventLead, reading most: Int) throws -> ([Event], stop: EventID?) {
        var (events, cursor, read) = ([Event](), conditions.start, 0)
        while true {
            let size = portion(after: read, of: most, lead)
            let sql = conditions.portion(of: lead, after: cursor, size: size)
            try database.statement(sql.text).forEach(sql.values) { row in
                if let event = try conditions.event(in: row) { events.append(event) }
                return events.count <= query.limit
            }
            if events.count > query.limit { return (events, events.last?.id) }
            let (count, last) = try end(of: lead, after: cursor, size: size)
            guard count == size, let last else { return (events, nil) }
            (read, cursor) = (read + count, last.number)
            if read >= most { return (events, last) }
        }
    }

    /// How many events to read at once: few at first. There are few sizes, since each is a statement of its own.
    private func portion(after read: Int, of most: Int, _ lead: EventLead) -> Int {
        let sizes = [64, 1024, 8192]
        if conditions.isComplete(for: lead) { return sizes.first { query.limit - read < $0 } ?? sizes[2] }
        return sizes.last { $0 <= (read == 0 ? min(most, sizes[1]) : most - read) } ?? sizes[0]
    }

    private func end(of lead: EventLead, after cursor: Int64, size: Int) throws -> (Int, EventID?) {
        let sql = conditions.end(of: lead, after: cursor, size: size)
        return try database.statement(sql.text).all(sql.values) { row in
            (Int(row.integer(0)), row.optionalIdentifier(1) as EventID?)
        }.first ?? (0, nil)
    }
}

/// What all events of a walk have in common. There is an index for each, in the order of the identifiers.
enum EventLead: Hashable {
    case all
    case kind(Event.Kind)
    case subject(SubjectID)
    case actor(SubjectID)
    case address(String)
    case incident(Int)
    /// A token with its former identifiers: few events, which may be sorted.
    case token(TokenID)
}
