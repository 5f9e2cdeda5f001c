import Desk
import HTTPServer
import Tokens

/// The form for a new token on a page of its own, and what its first use looked like.
extension DeskPages {
    func form(_ visit: PersonVisit, _ draft: TokenDraft, _ faults: [FormFault]) -> NewTokenForm {
        NewTokenForm(
            draft: draft, faults: faults, services: parts.tokens.services(for: visit.subject),
            grantable: visit.requester.grantable(to: visit.subject), now: visit.now, proof: visit.proof)
    }

    /// The form on a page of its own, filled in by a link.
    func newTokenPage(_ visit: PersonVisit) -> Response {
        let link = DraftLink(
            visit.request, services: parts.tokens.services(for: visit.subject), format: parts.tokens.format)
        return visit.answer(NewTokenPage(form: form(visit, link.draft, []), link: link))
    }

    /// What was last seen of the token, for the script of the page that shows its secret.
    func seen(_ visit: PersonVisit, _ id: TokenID) async throws -> Response {
        let token = try await parts.tokens.token(id, of: visit.subject)
        let sighting = try await parts.tokens.sighting(of: token)
        let words = sighting.map { SightingWords($0, wording(at: visit.now).titles, desk: address) }
        return SightingWords.response(words)
    }
}
