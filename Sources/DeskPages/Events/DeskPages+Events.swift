import Desk
import EventFormats
import HTTPServer
import JSON
import Ledger
import Tokens

extension DeskPages {
    func addEventRoutes(to router: inout Router) {
        router.on("GET", "/admin/events") { request in try await answerAdministrator(request, eventsPage) }
        // One form downloads both: the button that was pressed says which.
        router.on("GET", "/admin/events.csv") { request in try await answerAdministrator(request, download) }
        router.on("GET", "/admin/events.jsonl") { request in try await answerAdministrator(request, download)
        }
    }

    private func eventsPage(_ visit: PersonVisit) async throws -> Response {
        let items = visit.request.queryItems
        let filter = EventFilter(items.inOrder)
        let before = items["before"].flatMap(EventID.init)
        var page = EventsPage(lines: [], filter: filter, isOlder: before != nil, retention: parts.retention)
        do throws(DeskFault) {
            let found = try await parts.oversight.events(
                filter, order: .newestFirst(before: before), limit: EventsPage.length)
            page = EventsPage(
                lines: try await lines(of: found.page.events), filter: filter, next: found.page.next,
                isOlder: before != nil, retention: parts.retention)
        } catch {
            guard case .invalid(let faults) = error else { throw error }
            page.faults = faults.map {
                FormFault($0.field, $0.shown(calling: EventFilterForm.title(of: $0.field)))
            }
            return visit.answer(page, status: 422)
        }
        return visit.answer(page)
    }

    private func download(_ visit: PersonVisit) async throws -> Response {
        let items = visit.request.queryItems
        let filter = EventFilter(items.inOrder)
        let isLines = items["format"].map { $0 == "jsonl" } ?? visit.request.path.hasSuffix(".jsonl")
        do throws(DeskFault) {
            let found = try await EventDownload(oversight: parts.oversight).events(
                filter, before: items["before"].flatMap(EventID.init))
            let text =
                isLines
                ? found.events.map { JSONValue($0).text + "\n" }.joined() : found.events.csv
            var response = Response(
                isLines ? .jsonLines : .csv, text,
                headers: [
                    "Content-Disposition": "attachment; filename=\"events.\(isLines ? "jsonl" : "csv")\""
                ])
            if let next = found.next {
                let path = isLines ? DeskPath.eventsLines : .eventsCSV
                response.headers["Link"] =
                    "<\(path.with(filter.items + [("before", next.text)]).text)>; rel=\"next\""
            }
            return response
        } catch {
            guard case .invalid = error else { throw error }
            // The page says what is wrong.
            return .onTo(DeskPath.events.with(filter.items))
        }
    }

    /// The events with the logins of those who are named in them.
    func lines(of events: [Event]) async throws(DeskFault) -> [EventsPage.Line] {
        let logins = try await parts.people.logins(
            of: events.flatMap { [$0.actor, $0.subject].compactMap(\.self) })
        let accounts = Set(try await parts.serviceAccounts.knownAccounts().map(\.id))
        return events.map { event in
            EventsPage.Line(
                event: event, actor: event.actor.flatMap { logins[$0] },
                subject: event.subject.flatMap { logins[$0] },
                account: event.subject.flatMap { accounts.contains($0) ? $0 : nil })
        }
    }
}

/// The events of a file.
struct EventDownload {
    let oversight: Oversight

    /// The most events of a file.
    static let most = 20_000

    /// The newest events that match, and the cursor of the next file if there is one.
    func events(
        _ filter: EventFilter, before: EventID?
    ) async throws(DeskFault) -> (events: [DescribedEvent], next: EventID?) {
        var (events, cursor) = ([DescribedEvent](), before)
        while true {
            let found = try await oversight.events(
                filter, order: .newestFirst(before: cursor), limit: min(1000, Self.most - events.count))
            events += found.events
            cursor = found.page.cursor
            if found.page.isAtEnd { return (events, nil) }
            if events.count >= Self.most { return (events, cursor) }
        }
    }
}

extension EventFilterForm {
    /// What the form calls a field.
    static func title(of field: String) -> String {
        ["who": "login", "from": "earliest time", "until": "latest time"][field] ?? field
    }
}
