import Desk
import HTTPServer
import Tokens

/// The form that edits a token, and the button that narrows it.
extension DeskPages {
    func addEditingRoutes(to router: inout Router) {
        router.on("GET", "/tokens/{id}/edit") { (request, id: TokenID) in
            try await answerPerson(request) { try await editPage($0, id) }
        }
        // The form has a field for each service, or for each scope.
        router.on("POST", "/tokens/{id}/edit", limits: RouteLimits(bodyBytes: 128 * 1024, pairs: 2000)) {
            (request, id: TokenID) in
            try await answerPerson(request) { try await edit($0, id) }
        }
        router.on("POST", "/tokens/{id}/narrow", limits: RouteLimits(bodyBytes: 128 * 1024)) {
            (request, id: TokenID) in
            try await answerPerson(request) { try await narrow($0, id) }
        }
    }

    private func editPage(
        _ visit: PersonVisit, _ id: TokenID, draft: TokenEditDraft? = nil, faults: [FormFault] = []
    ) async throws -> Response {
        let owned = try await parts.tokens.managed(id, by: visit.subject)
        let (token, owner) = (owned.token, owned.owner)
        guard token.isWorking(at: visit.now), token.isLasting else { throw DeskFault.notActive }
        let page = EditTokenPage(
            token: token, draft: draft, faults: faults,
            services: parts.tokens.services(for: owner),
            narrowing: try await parts.tokens.narrower(of: token, of: owner), account: owned.account,
            wording: wording(at: visit.now), proof: visit.proof)
        return visit.answer(page, status: faults.isEmpty ? 200 : 422)
    }

    private func edit(_ visit: PersonVisit, _ id: TokenID) async throws -> Response {
        let owned = try await parts.tokens.managed(id, by: visit.subject)
        let (token, owner) = (owned.token, owned.owner)
        let services = parts.tokens.services(for: owner)
        let draft = TokenEditDraft(visit.form, of: token, services: services)
        do {
            let edit = try draft.read(of: token, services: services)
            let edited = try await parts.tokens.edit(id, of: owner, edit, by: visit.requester)
            return visit.onTo(.token(token.id), saying: .edited(edited))
        } catch let faults as TokenDraft.Faults {
            return try await editPage(visit, id, draft: draft, faults: faults.all)
        } catch DeskFault.invalid(let faults) {
            return try await editPage(visit, id, draft: draft, faults: faults.map { TokenDraft.fault($0) })
        }
    }

    private func narrow(_ visit: PersonVisit, _ id: TokenID) async throws -> Response {
        // What was shown is what is applied; the desk checks that it takes away only.
        guard let scopes = visit.form["scopes"].flatMap(Scopes.init(text:)), scopes != .everyService else {
            throw DeskFault.invalid([])
        }
        let owner = try await parts.tokens.managed(id, by: visit.subject).owner
        let token = try await parts.tokens.narrow(id, of: owner, to: scopes, by: visit.requester)
        return visit.onTo(.token(token.id), saying: .edited(token))
    }
}
