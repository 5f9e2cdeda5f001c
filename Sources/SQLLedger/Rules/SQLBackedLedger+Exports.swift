public import Ledger
internal import SQL
public import Tokens

extension SQLBackedLedger {
    public func lease(
        export: String, to holder: Int64, until end: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> ExportPosition? {
        try await lease(.export(export), to: holder, until: end, at: now)
    }

    public func advance(
        export: String, of holder: Int64, to event: EventID
    ) async throws(LedgerError) -> Bool {
        try await write { try $0.advance(.export(export), of: holder, to: event) }
    }

    public func release(export: String, of holder: Int64) async throws(LedgerError) {
        try await release(.cursor(.export(export)), of: holder)
    }

    public func exportPositions() async throws(LedgerError) -> [String: ExportPosition] {
        try await read { database in
            let rows = try database.statement("SELECT name, reached FROM event_cursors").all([]) { row in
                (EventCursor(name: row.text(0)), row.optionalIdentifier(1) as EventID?)
            }
            var positions: [String: ExportPosition] = [:]
            for case (.export(let name)?, let sent) in rows { positions[name] = ExportPosition(sent: sent) }
            return positions
        }
    }
}

extension SQLBackedLedger {
    /// Makes `holder` the node that moves a cursor until `end`, unless another one is at `now`. Returns where it is.
    func lease(
        _ cursor: EventCursor, to holder: Int64, until end: Timestamp, at now: Timestamp
    ) async throws(LedgerError) -> ExportPosition? {
        try await lease(.cursor(cursor), to: holder, until: end, at: now) { transaction in
            ExportPosition(sent: try transaction.database.reached(cursor).map(EventID.init(number:)))
        }
    }
}

/// What has a row in `event_cursors`.
enum EventCursor: Hashable {
    /// An export, which has reached an event.
    case export(String)
    /// Addresses are erased up to an event.
    case addresses
    /// Notices are written up to an event.
    case notices

    var name: String {
        switch self {
        case .export(let name): "export/\(name)"
        case .addresses: "addresses"
        case .notices: "notices"
        }
    }

    init?(name: String) {
        switch name {
        case "addresses": self = .addresses
        case "notices": self = .notices
        default:
            guard name.hasPrefix("export/") else { return nil }
            self = .export(String(name.dropFirst(7)))
        }
    }
}

extension SQLDatabase {
    func reached(_ cursor: EventCursor) throws -> Int64? {
        try statement("SELECT reached FROM event_cursors WHERE name = ?").first(cursor.name) {
            $0.optionalInteger(0)
        }.flatMap(\.self)
    }
}

extension Transaction {
    /// Moves a cursor forward. Returns `false`, and changes nothing, where another node moves it by now.
    func advance(_ cursor: EventCursor, of holder: Int64, to event: EventID) throws -> Bool {
        try statement(
            """
            UPDATE event_cursors SET reached = ?3
            WHERE name = ?1 AND holder = ?2 AND (reached IS NULL OR reached < ?3)
            """
        ).run(cursor.name, holder, event) > 0
    }

    func remember(_ reached: Int64, of cursor: EventCursor) throws {
        try statement(
            """
            INSERT INTO event_cursors (name, reached) VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE SET reached = ?2
            """
        ).run(cursor.name, reached)
    }
}
