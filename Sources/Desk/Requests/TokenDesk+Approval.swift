internal import Ledger
internal import Tokens

/// Approvals that a new token uses up.
extension TokenDesk {
    /// The approved request of `person` for exactly this token of `owner`, the latest if there are several.
    func approvedRequest(
        for new: CheckedToken, of owner: Subject, by person: Subject
    ) async throws(DeskFault) -> TokenRequest? {
        let query = RequestQuery(of: person.id, states: [.approved], now: clock.now, limit: 1000)
        let approved = try await read { () throws(LedgerError) in try await ledger.requests(query) }
        return approved.first { request in
            request.requester == person.id && request.owner == owner.id
                && request.requestedToken.isSame(as: new.wanted)
                && request.missing(of: new.approvers).isEmpty
        }
    }

    /// Adds a token and uses up the approval of `request`, in one transaction.
    func use(
        _ request: TokenRequest, for token: Token, _ new: CheckedToken, digest: TokenDigest,
        by requester: Requester, event: Event
    ) async throws(DeskFault) {
        guard let person = requester.subject else { throw .forbidden(RequestDesk.onlyRequester) }
        let approvers = new.approvers
        let refused = Refused()
        do throws(LedgerError) {
            try await ledger.add(token, digest: digest, within: new.limits, for: request.id) {
                request throws(LedgerError) in
                do throws(RequestRefusal) {
                    try request.use(for: token.id, by: person, under: approvers, at: token.createdAt)
                    return [event]
                } catch {
                    refused.note(error)
                    throw .changedMeanwhile
                }
            }
        } catch {
            guard error == .changedMeanwhile, let refusal = refused.refusal else { throw fault(error) }
            throw try await requests.fault(refusal, requests.shown(request.id, to: requester), requester)
        }
    }
}
