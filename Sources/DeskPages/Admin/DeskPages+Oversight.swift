import Desk
import HTTPServer
import Ledger
import Tokens

/// For administrators: every token of the house, and what happened.
extension DeskPages {
    private static var pageLength: Int { 100 }

    func addOversightRoutes(to router: inout Router) {
        router.on("GET", "/admin/tokens") { request in
            try await answerAdministrator(request, allTokensPage)
        }
        router.on("GET", "/admin/tokens/{id}/revoke") { (request, id: TokenID) in
            try await answerAdministrator(request) { try await revokeAnyPage($0, id) }
        }
        router.on("POST", "/admin/tokens/{id}/revoke", limits: .shortForm, urgent: true) {
            (request, id: TokenID) in
            try await answerAdministrator(request) { visit in
                try await parts.tokens.revoke(id, of: nil, by: visit.requester)
                return .onTo(DeskPath.allTokens.saying(.revoked))
            }
        }
        router.on("GET", "/admin/events") { request in try await answerAdministrator(request, eventsPage) }
    }

    private func allTokensPage(_ visit: PersonVisit) async throws -> Response {
        let search = visit.visit.search
        let before = visit.request.queryItems["before"].flatMap(TokenID.init)
        let found = try await parts.ledger.tokens(
            TokenQuery(
                states: [.active], now: visit.now, search: search, before: before, limit: Self.pageLength + 1)
        )
        let shown = Array(found.prefix(Self.pageLength))
        return visit.answer(
            AllTokensPage(
                tokens: shown, search: search, next: found.count > shown.count ? shown.last?.token.id : nil,
                done: visit.visit.done, policy: try await parts.ledger.signInPolicy(),
                wording: wording(at: visit.now)))
    }

    private func revokeAnyPage(_ visit: PersonVisit, _ id: TokenID) async throws -> Response {
        let token = try await parts.tokens.token(id, of: nil)
        guard token.state(at: visit.now) == .active else { return .onTo(.allTokens) }
        return visit.answer(
            RevokePage(
                token: token, exchanged: try await exchanged(for: token, at: visit.now),
                uses: try await recentUses(of: id, at: visit.now),
                owner: try await parts.ledger.subject(token.owner)?.login.text ?? "nobody",
                wording: wording(at: visit.now), proof: visit.proof))
    }

    private func eventsPage(_ visit: PersonVisit) async throws -> Response {
        let before = visit.request.queryItems["before"].flatMap(EventID.init)
        let found = try await parts.ledger.events(about: nil, before: before, limit: Self.pageLength + 1)
        let shown = Array(found.prefix(Self.pageLength))
        let logins = try await logins(of: shown.flatMap { [$0.actor, $0.subject].compactMap(\.self) })
        let lines = shown.map { event in
            EventsPage.Line(
                event: event, actor: event.actor.flatMap { logins[$0] },
                subject: event.subject.flatMap { logins[$0] })
        }
        return visit.answer(
            EventsPage(lines: lines, next: found.count > shown.count ? shown.last?.id : nil))
    }
}
