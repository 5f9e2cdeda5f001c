internal import Ledger
internal import SQL
internal import Tokens

/// A statement with its values.
struct BoundSQL {
    var text = ""
    var values: [(any Bindable)?] = []

    /// Adds a value, and returns its place in the statement.
    mutating func place(_ value: any Bindable) -> String {
        values.append(value)
        return "?\(values.count)"
    }
}

/// The conditions of a query in SQL.
struct EventConditions {
    private let query: EventQuery
    private let dialect: SQLDialect
    /// The identifiers between which all events of the query lie.
    private let range: ClosedRange<Int64>
    /// The subjects whose login or name contains the text, as a list of numbers, where they are few.
    private let named: String?

    init(_ query: EventQuery, in database: any SQLDatabase) throws {
        self.query = query
        dialect = database.dialect
        let first = query.from.map { EventID.first(at: $0) } ?? 0
        var last = Int64.max
        if let until = query.until {
            last = EventID.first(at: until + (try database.eventLead()) + .seconds(1))
        }
        range = first...max(first, last)
        named = try query.text.flatMap { try database.few(named: $0.folded) }
    }

    /// The cursor before the first event of the query, which is not in it.
    var start: Int64 {
        switch query.order {
        case .newestFirst(let before): min(before?.number ?? .max, range.upperBound)
        case .oldestFirst(let after): max(after?.number ?? -1, range.lowerBound - 1)
        }
    }

    /// Whether an index alone finds the events of the query.
    func isComplete(for lead: EventLead) -> Bool { conditions(beside: lead).sql.text.isEmpty }

    /// The events of a walk's next portion that match.
    func portion(of lead: EventLead, after cursor: Int64, size: Int) -> BoundSQL {
        var (sql, certain) = conditions(beside: lead)
        let matching = sql.text.isEmpty ? "" : "WHERE \(sql.text)"
        let rows = rows(of: lead, EventColumn.list, after: cursor, size: size, &sql)
        sql.text = """
            SELECT \(EventColumn.list), \(certain) FROM (\(rows)) AS portion
            \(matching) ORDER BY id \(direction)
            """
        return sql
    }

    /// How many events that portion has, and the last of them.
    func end(of lead: EventLead, after cursor: Int64, size: Int) -> BoundSQL {
        var sql = BoundSQL()
        let rows = rows(of: lead, "id", after: cursor, size: size, &sql)
        let last = direction == "DESC" ? "min" : "max"
        sql.text = "SELECT count(*), \(last)(id) FROM (\(rows)) AS portion"
        return sql
    }

    /// The event in a row of ``portion(of:after:size:)``; `nil` where the text does not match.
    func event(in row: borrowing Row) throws -> Event? {
        let event = try row.event()
        guard let text = query.text, row.integer(EventColumn.count) == 0 else { return event }
        return event.detail.folded.contains(text.folded) ? event : nil
    }

    private var direction: String {
        if case .newestFirst = query.order { "DESC" } else { "ASC" }
    }

    private func rows(
        of lead: EventLead, _ columns: String, after cursor: Int64, size: Int, _ sql: inout BoundSQL
    ) -> String {
        var conditions: [String] = []
        switch query.order {
        case .newestFirst:
            conditions = ["id < \(sql.place(cursor))", "id >= \(sql.place(range.lowerBound))"]
        case .oldestFirst:
            conditions = ["id > \(sql.place(cursor))", "id < \(sql.place(range.upperBound))"]
        }
        if let condition = condition(of: lead, &sql) { conditions.append(condition) }
        return "SELECT \(columns) FROM events WHERE \(conditions.joined(separator: " AND ")) "
            + "ORDER BY id \(direction) LIMIT \(size)"
    }

    private func condition(of lead: EventLead, _ sql: inout BoundSQL) -> String? {
        switch lead {
        case .all: return nil
        case .kind(let kind): return "kind = \(sql.place(kind.rawValue))"
        case .subject(let id): return "subject = \(sql.place(id))"
        case .actor(let id): return "actor = \(sql.place(id)) AND actor IS NOT NULL"
        // Named as in the index, which has only these.
        case .address(let address): return "address = \(sql.place(address)) AND address <> ''"
        case .incident(let number):
            return "incident = \(sql.place(number)) AND incident IS NOT NULL"
        case .token(let id):
            let place = sql.place(id)
            let current = "coalesce((SELECT token FROM tokens WHERE id = \(place)), \(place))"
            return "token IN (SELECT \(current) UNION SELECT id FROM tokens WHERE token = \(current)) "
                + "AND token IS NOT NULL"
        }
    }

    /// The conditions that a walk's index does not answer, and the expression by which a row says that its text surely
    /// matches.
    private func conditions(beside lead: EventLead) -> (sql: BoundSQL, certain: String) {
        var sql = BoundSQL()
        var conditions: [String] = []
        for other in others(beside: lead) { conditions += [condition(of: other, &sql)].compactMap(\.self) }
        if let person = query.person, ![.subject(person), .actor(person)].contains(lead) {
            let place = sql.place(person)
            conditions.append("(subject = \(place) OR actor = \(place))")
        }
        if !query.kinds.isEmpty, !lead.isKind {
            let names = query.kinds.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
            conditions.append("kind IN (\(names))")
        }
        if let from = query.from { conditions.append("at >= \(sql.place(from))") }
        if let until = query.until { conditions.append("at < \(sql.place(until))") }
        var certain = "1"
        if let text = query.text?.folded {
            certain = "CASE WHEN \(condition(ofText: text, &sql)) THEN 1 ELSE 0 END"
            // Neither database folds more than ASCII: rows with other letters are checked here.
            conditions.append(
                "(\(condition(ofText: text, &sql)) OR \(dialect.holdsMoreThanASCII("detail")))")
        }
        sql.text = conditions.joined(separator: " AND ")
        return (sql, certain)
    }

    private func others(beside lead: EventLead) -> [EventLead] {
        let all: [EventLead?] = [
            query.token.map(EventLead.token), query.subject.map(EventLead.subject),
            query.actor.map(EventLead.actor), query.address.map(EventLead.address),
            query.incident.map(EventLead.incident),
        ]
        return all.compactMap(\.self).filter { $0 != lead }
    }

    private func condition(ofText text: String, _ sql: inout BoundSQL) -> String {
        let place = sql.place(text)
        var parts = [dialect.holds(place, in: "lower(detail)"), dialect.holds(place, in: "address")]
        if let named {
            // Looked up once, and not again for each portion.
            let numbers = named == "[]" ? nil : dialect.numbers(of: sql.place(named))
            parts += numbers.map { ["actor IN \($0)", "subject IN \($0)"] } ?? []
        } else {
            let holds =
                "\(dialect.holds(place, in: "login_folded")) OR \(dialect.holds(place, in: "name_folded"))"
            parts += ["actor", "subject"].map {
                "EXISTS (SELECT 1 FROM subjects WHERE subjects.id = \($0) AND (\(holds)))"
            }
        }
        if let id = EventID(text) {
            let place = sql.place(id)
            parts += ["id", "token", "subject", "actor", "actor_token"].map { "\($0) = \(place)" }
        }
        return "(\(parts.joined(separator: " OR ")))"
    }
}

extension EventLead {
    fileprivate var isKind: Bool { if case .kind = self { true } else { false } }
}

extension EventID {
    /// The lowest number that an event of that moment has: identifiers begin with the time, and only ever grow when the
    /// event is added.
    static func first(at moment: Timestamp) -> Int64 {
        min(max(0, moment.milliseconds), 1 << 42 - 1) << 21
    }
}

extension SQLDatabase {
    /// The subjects whose login or name contains a text, as a list of numbers; `nil` where they are more than a thousand.
    fileprivate func few(named text: String) throws -> String? {
        let numbers = try statement(
            """
            SELECT id FROM subjects WHERE \(dialect.holds("?1", in: "login_folded")) OR \(dialect.holds("?1", in: "name_folded"))
            LIMIT 1001
            """
        ).all([text]) { $0.integer(0) }
        return numbers.count > 1000 ? nil : "[\(numbers.map { "\($0)" }.joined(separator: ","))]"
    }

    /// By how much the time in an identifier is ahead of the time of its event, at most. It is more than a moment only
    /// after the clock of a node was ahead. An index has the few events of which that is so.
    func eventLead() throws -> TimeSpan {
        let lead = try statement(
            "SELECT max((id >> 21) - at) FROM events WHERE (id >> 21) - at > 1000"
        ).first { $0.optionalInteger(0) }
        return TimeSpan(milliseconds: max(1000, (lead ?? nil) ?? 0))
    }
}
