import Desk
import HTTPServer
import Ledger
import Tokens

/// Incidents, for administrators.
extension DeskPages {
    func addIncidentRoutes(to router: inout Router) {
        router.on("GET", "/admin/incidents") { request in
            try await answerAdministrator(request, incidentsPage)
        }
        router.on("GET", "/admin/incidents/{number}") { (request, number: Int) in
            try await answerAdministrator(request) { try await incidentPage($0, number) }
        }
        router.on("POST", "/admin/incidents/{number}/change", limits: .usual, urgent: true) {
            (request, number: Int) in
            try await answerAdministrator(request) { try await changeIncident($0, number) }
        }
        router.on("POST", "/admin/incidents/{number}/close", limits: .shortForm) { (request, number: Int) in
            try await answerAdministrator(request) { visit in
                let incident = try await parts.bulk.close(number, by: visit.requester)
                return visit.onTo(.incident(number), saying: .closed(incident))
            }
        }
    }

    private func incidentsPage(_ visit: PersonVisit) async throws -> Response {
        let before = visit.request.queryItems["before"].flatMap(Int.init)
        let page = try await parts.bulk.reports(
            before: before, limit: IncidentsPage.length, by: visit.requester)
        return visit.answer(
            IncidentsPage(
                incidents: page.reports,
                logins: try await parts.people.logins(of: page.reports.compactMap(\.incident.openedBy)),
                next: page.next, isLaterPage: before != nil, services: parts.tokens.services,
                wording: wording(at: visit.now), proof: visit.proof))
    }

    private func incidentPage(
        _ visit: PersonVisit, _ number: Int, faults: [FormFault] = []
    ) async throws -> Response {
        let items = visit.request.queryItems
        let report = try await parts.bulk.incident(number, by: visit.requester)
        let state = items["state"].flatMap(IncidentTokenState.init) ?? .paused
        let after = items["after"].flatMap { TokenID($0) }
        let found = try await parts.bulk.tokens(of: number, in: state, after: after)
        var page = IncidentPage(
            report: report,
            logins: try await parts.people.logins(of: [report.incident.openedBy].compactMap(\.self)),
            state: state, tokens: found.tokens, next: found.next, isLaterPage: after != nil,
            choosesAll: items["select"] == "page", faults: faults, wording: wording(at: visit.now),
            proof: visit.proof)
        page.receipt = try await receipt(of: items["change"], at: .incident(number), for: visit)
        return visit.answer(page, status: faults.isEmpty ? 200 : 422)
    }

    private func changeIncident(_ visit: PersonVisit, _ number: Int) async throws -> Response {
        let chosen = visit.form.all(AllTokensPage.chosenField).compactMap { TokenID($0) }
        let isAll = visit.form["all"] != nil
        guard isAll || !chosen.isEmpty else {
            let fault = FormFault("tokens-title", "Select the tokens first.")
            return try await incidentPage(visit, number, faults: [fault])
        }
        let tokens = isAll ? nil : chosen
        if visit.form["act"] == "revoke" {
            guard visit.form["confirm"] != nil else {
                let fault = FormFault("confirm", "Tick the box to revoke them for good.")
                return try await incidentPage(visit, number, faults: [fault])
            }
            let result = try await parts.bulk.revoke(tokens, of: number, by: visit.requester)
            return try await onTo(number, saying: .revoked(result), visit)
        }
        let result = try await parts.bulk.release(tokens, of: number, by: visit.requester)
        return try await onTo(number, saying: .released(result), visit)
    }

    /// Leads to the page of an incident, which says what was done and on which nodes it is in force.
    func onTo(_ number: Int, saying done: Done, _ visit: PersonVisit) async throws(DeskFault) -> Response {
        let receipt = try await receiptOfMany()
        let path = DeskPath.incident(number).with([("change", receipt.map { String($0.change) })])
        return visit.onTo(path, saying: done)
    }
}
