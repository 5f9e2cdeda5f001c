import Desk
import HTTPServer
import Tokens

/// The form for a new token on a page of its own, and what its first use looked like.
extension DeskPages {
    /// - Parameters:
    ///   - isChosen: whether the reader, or a link, has chosen what the draft says.
    ///   - account: the service account that the token is for; `nil` for the reader's own.
    func form(
        _ visit: PersonVisit, _ draft: TokenDraft, _ faults: [FormFault], isChosen: Bool = false,
        for account: Subject? = nil
    ) async throws(DeskFault) -> NewTokenForm {
        let owner = account ?? visit.subject
        let offer = try await parts.tokens.offer(to: owner, by: visit.requester)
        let needs = draft.approvers(under: offer.approval, isChosen: isChosen)
        return NewTokenForm(
            draft: draft, faults: faults, offer: offer,
            grantable: parts.tokens.grantable(to: owner, by: visit.requester), now: visit.now,
            proof: visit.proof, needs: needs,
            isAsked: isChosen && faults.isEmpty && !needs.isEmpty, account: account,
            beyond: parts.tokens.servicesBeyond(visit.requester, of: owner))
    }

    /// Creates the token that a form describes, or asks for approval. Shows the form again where it has faults, or
    /// where others must approve the token first: on its own page if it came from there, else in the `list`.
    func create(
        _ visit: PersonVisit, for account: Subject? = nil,
        list: (TokenDraft, [FormFault]) async throws -> Response
    ) async throws -> Response {
        func again(_ draft: TokenDraft, _ faults: [FormFault]) async throws -> Response {
            guard visit.form[NewTokenForm.aloneField] != nil else { return try await list(draft, faults) }
            let form = try await form(visit, draft, faults, isChosen: true, for: account)
            return visit.answer(NewTokenPage(form: form), status: 422)
        }
        // All services, so that the desk can say why one of them is refused.
        let services = parts.tokens.services
        let draft = TokenDraft(visit.form, services: services)
        let owner = account ?? visit.subject
        do {
            let wanted = try draft.read(at: visit.now, services: services)
            if let issued = try await created(wanted, for: owner, by: visit) {
                return show(issued, to: visit)
            }
            let asks = visit.form[NewTokenForm.askField] != nil
            return asks ? try await ask(visit, for: wanted, of: owner, draft) : try await again(draft, [])
        } catch let faults as TokenDraft.Faults {
            return try await again(draft, faults.all)
        } catch DeskFault.invalid(let faults) {
            return try await again(draft, faults.map { TokenDraft.fault($0, account) })
        }
    }

    /// The form on a page of its own, filled in by a link.
    func newTokenPage(_ visit: PersonVisit, for account: Subject? = nil) async throws -> Response {
        let link = DraftLink(
            visit.request,
            services: parts.tokens.services(for: account ?? visit.subject, by: visit.requester),
            format: parts.tokens.format)
        let form = try await form(visit, link.draft, [], isChosen: link.draft.isLimited, for: account)
        return visit.answer(NewTokenPage(form: form, link: link))
    }

    /// What was last seen of the token, for the script of the page that shows its secret.
    func seen(_ visit: PersonVisit, _ id: TokenID) async throws -> Response {
        let managed = try await parts.tokens.managed(id, by: visit.subject)
        let sighting = try await parts.tokens.sighting(of: managed.token)
        let list = DeskAddress(publicURL: address).tokens(of: managed.owner)
        let words = sighting.map { SightingWords($0, wording(at: visit.now).titles, in: list) }
        return SightingWords.response(words)
    }
}
