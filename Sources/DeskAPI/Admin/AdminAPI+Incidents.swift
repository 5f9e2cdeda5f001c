import Desk
import HTTPServer
import JSON
import Ledger
import Tokens

/// Incidents, for `jeton incident` and for overseers.
extension AdminAPI {
    func addIncidents(to admin: inout RouteGroup) {
        add("GET", "/incidents", to: &admin, query: ["before", "limit"]) { request, requester in
            try await listIncidents(request, requester)
        }
        add("POST", "/incidents", to: &admin, urgent: true) { request, requester in
            try await openIncident(request, requester)
        }
        add("GET", "/incidents/{number}", to: &admin) { (_, requester, number: Int) in
            Self.answer(try await json(try await bulk.incident(number, by: requester)))
        }
        add("GET", "/incidents/{number}/tokens", to: &admin, query: ["after", "limit", "state"]) {
            (request, requester, number: Int) in
            try await listTokens(of: number, request, requester)
        }
        add("POST", "/incidents/{number}/release", to: &admin) { (request, requester, number: Int) in
            let tokens = try members(request)
            let result = try await bulk.release(tokens, of: number, by: requester)
            return try await answer(number, result, requester)
        }
        add("POST", "/incidents/{number}/revoke", to: &admin, urgent: true) {
            (request, requester, number: Int) in
            let tokens = try members(request)
            let result = try await bulk.revoke(tokens, of: number, by: requester)
            return try await answer(number, result, requester)
        }
        add("POST", "/incidents/{number}/close", to: &admin) { (_, requester, number: Int) in
            try await bulk.close(number, by: requester)
            return Self.answer(try await json(try await bulk.incident(number, by: requester)))
        }
    }

    /// Takes `title`, `selection`, `also` and `reason`.
    private func openIncident(_ request: Request, _ requester: Requester) async throws -> Response {
        var body = try JSONBody(request)
        let title = body.requiredString("title")
        let selection = body.requiredString("selection")
        let (also, reason) = try body.changeOfMany()
        let (incident, result) = try await bulk.open(
            title, pausing: try selectionID(selection), also: also, because: reason, by: requester)
        return try await answer(incident.number, result, requester, status: 201)
    }

    private func listIncidents(_ request: Request, _ requester: Requester) async throws -> Response {
        let before = request.queryItems["before"]
        guard before == nil || before.flatMap(Int.init) != nil else {
            throw Problem.invalidQuery("before", "must be the number of an incident")
        }
        let page = try ListPage(request)
        let found = try await bulk.reports(
            before: before.flatMap(Int.init), limit: page.limit, by: requester)
        var listed: [JSONValue] = []
        for report in found.reports { listed.append(try await json(report)) }
        return Self.answer([
            "incidents": .array(listed), "next": found.next.map { .integer(Int64($0)) } ?? .null,
        ])
    }

    /// A page of the tokens of an incident, of one state.
    private func listTokens(
        of number: Int, _ request: Request, _ requester: Requester
    ) async throws -> Response {
        let words = IncidentTokenState.allCases.map(\.rawValue)
        let state = request.queryItems["state", default: words[0]]
        guard let state = IncidentTokenState(rawValue: state) else {
            throw Problem.invalidQuery("state", "must be \(words.joined(separator: " or "))")
        }
        let page = try ListPage(request)
        let after = page.after.flatMap { TokenID($0) }
        guard page.after == nil || after != nil else {
            throw Problem.invalidQuery("after", "must be the cursor of a page: start at the first page")
        }
        _ = try await bulk.incident(number, by: requester)
        let found = try await bulk.tokens(
            of: number, in: state, after: after, limit: page.limit)
        return answer(["tokens": try await list(found.tokens)], next: found.next?.text, of: request)
    }

    /// `tokens`, or `nil` with `all`: one of the two.
    private func members(_ request: Request) throws -> [TokenID]? {
        var body = try JSONBody(request)
        let isAll = body.bool("all")
        let texts = body.strings("tokens")
        if isAll == !texts.isEmpty { body.refuse("tokens", "must be given, or all must be true") }
        try body.finish()
        return isAll ? nil : try texts.map(tokenID)
    }

    private func answer(
        _ number: Int, _ result: BulkResult, _ requester: Requester, status: Int = 200
    ) async throws -> Response {
        let report = try await json(try await bulk.incident(number, by: requester))
        return Self.answer(report.with(try await members(of: result)), status: status)
    }

    private func json(_ report: IncidentReport) async throws -> JSONValue {
        let incident = report.incident
        let opener = try await people.logins(of: [incident.openedBy].compactMap(\.self))
        return .object([
            "number": .integer(Int64(incident.number)), "title": .string(incident.title),
            "opened_at": .string(incident.openedAt.rfc3339),
            "opened_by": .optional(incident.openedBy.flatMap { opener[$0] }),
            "closed_at": .optional(incident.closedAt?.rfc3339),
            "tokens": .object(
                Dictionary(
                    uniqueKeysWithValues: IncidentTokenState.allCases.map {
                        ($0.rawValue, .integer(Int64(report.counts[$0] ?? 0)))
                    })),
        ])
    }
}
