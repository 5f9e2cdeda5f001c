internal import Ledger
public import Tokens

/// Handing tokens over with the consent of a steward of the account.
extension RequestDesk {
    /// Asks the stewards of the account of that login whether a token of the requester may be handed over to it. A form
    /// that is sent twice gets the same request.
    ///
    /// Throws ``DeskFault/invalid(_:)`` with the faults of all fields, and what
    /// ``TokenDesk/handOver(_:of:to:name:expecting:by:)`` throws, but where the requester is no steward.
    public func askToHandOver(
        _ id: TokenID, to login: String, name: String? = nil, because reason: String, by requester: Requester
    ) async throws(DeskFault) -> TokenRequest {
        guard let person = requester.subject else { throw .forbidden(Self.onlyRequester) }
        let preview = try await desk.handOverPreview(
            of: id, of: person, to: login, asking: true, by: requester)
        var check = NewTokenCheck(offered: nil)
        let newName = name.flatMap { check.name($0, format: desk.format) } ?? preview.token.name
        let (reason, faults) = text(reason, of: "reason", isRequired: true)
        guard check.faults.isEmpty, faults.isEmpty, let scopes = preview.scopes.scopes else {
            throw .invalid(check.faults + faults)
        }
        try await refuseTaken(newName, of: preview.account, at: now)
        let request = TokenRequest(
            id: .make(at: now), requester: person.id, owner: preview.account.id,
            content: .handOver(RequestedHandOver(token: preview.token.id, name: newName, scopes: scopes)),
            reason: reason, createdAt: now)
        return try await keep(
            request, saying: "to hand over \(preview.token.id): \(reason)", by: requester)
    }

    /// Hands over what a request asked for, exactly as it was approved, and uses the approval up.
    @discardableResult
    public func handOver(_ id: RequestID, by requester: Requester) async throws(DeskFault) -> Token {
        let shown = try await shown(id, to: requester)
        guard let person = requester.subject, person.id == shown.request.requester,
            let wanted = shown.request.handOver
        else { throw .forbidden(Self.onlyRequester) }
        let now = now
        guard shown.request.state(at: now) == .approved, shown.missing.isEmpty else {
            throw try await fault(.notApproved, shown, requester)
        }
        let preview = try await desk.handOverPreview(
            of: wanted.token, of: person, to: shown.owner.login.text, asking: true, by: requester)
        guard preview.scopes.scopes == wanted.scopes else {
            throw .invalid([
                FieldFault(
                    "scopes",
                    "what the token may do there has changed since: withdraw this request, and ask again",
                    isWhole: true)
            ])
        }
        let refused = Refused()
        let approvers = shown.approvers
        do throws(LedgerError) {
            return try await ledger.handOver(
                HandingOver(
                    of: preview.token, to: shown.owner.id, name: wanted.name, scopes: wanted.scopes, at: now),
                event: desk.event(
                    .tokenHandedOver, preview.token, requester, at: now,
                    detail: "\(wanted.name), to \(shown.owner.login), request \(id)"),
                for: id
            ) { request throws(LedgerError) in
                do throws(RequestRefusal) {
                    try request.use(for: wanted.token, by: person, under: approvers, at: now)
                    return []
                } catch {
                    refused.note(error)
                    throw .changedMeanwhile
                }
            }
        } catch {
            guard error == .changedMeanwhile, let refusal = refused.refusal else { throw desk.fault(error) }
            throw try await fault(refusal, try await self.shown(id, to: requester), requester)
        }
    }
}
