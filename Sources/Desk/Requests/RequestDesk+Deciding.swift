internal import Ledger
internal import Synchronization
public import Tokens

/// Approving and denying.
extension RequestDesk {
    /// Approves or denies a request, with a word for the requester. People at a browser, the operator on the command line,
    /// and tokens that administer decide; with a token that leaked, nobody can approve another that oversees, or what its
    /// own owner asked for.
    ///
    /// Of two people who decide at the same moment, one decides; the other gets ``DeskFault/requestSettled(_:)``, which says
    /// who did, and what.
    @discardableResult
    public func decide(
        _ id: RequestID, approving isApproval: Bool, saying word: String = "", by requester: Requester
    ) async throws(DeskFault) -> TokenRequest {
        let shown = try await shown(id, to: requester)
        try refuseTokens(requester, toDecide: shown, approving: isApproval)
        let (said, faults) = text(word, of: "word", isRequired: false)
        guard faults.isEmpty else { throw .invalid(faults) }
        if isApproval, shown.state == .open, shown.requester.isSuspended || shown.owner.isSuspended {
            throw .forbidden(
                "\(shown.suspended) is suspended: deny this request, or let an administrator resume the "
                    + "account first.")
        }
        let now = now
        let event = event(
            isApproval ? .requestApproved : .requestDenied, shown.request, requester, at: now, saying: said)
        let (person, approvers) = (requester.subject, shown.approvers)
        return try await change(shown, as: requester) { request throws(RequestRefusal) in
            try request.decide(isApproval, by: person, saying: said, under: approvers, at: now)
            return event
        }
    }

    private func refuseTokens(
        _ requester: Requester, toDecide shown: ShownRequest, approving isApproval: Bool
    ) throws(DeskFault) {
        guard let owner = requester.subject, requester.isToken else { return }
        try requester.refuse(.decideRequest)
        guard requester.oversight == .administration else {
            throw .forbidden("A token cannot decide a request: sign in at the desk, and decide it there.")
        }
        if [shown.requester.id, shown.owner.id].contains(owner.id) || owner.isStewarded(by: shown.requester) {
            try requester.refuse(.decideOwnRequest)
        }
        guard isApproval else { return }
        if shown.request.handOver != nil { try requester.refuse(.handOver) }
        if shown.request.requestedToken.scopes.isAtDesk { try requester.refuse(.grantAtDesk) }
    }

    /// Why `requester` cannot do that with a request, for people.
    func fault(
        _ refusal: RequestRefusal, _ shown: ShownRequest, _ requester: Requester
    ) async throws(DeskFault) -> DeskFault {
        switch refusal {
        case .own:
            return .forbidden("Nobody decides what they asked for themselves: somebody else has to.")
        case .notApprover:
            return .forbidden("Only \(shown.approvers.words) can decide this request.")
        case .notRequester: return .forbidden(Self.onlyRequester)
        case .suspended: return .forbidden("This account is suspended.")
        case .approvedAlready:
            let missing = shown.missing.words
            return .requestSettled(
                "You have approved this request already. It still needs approval by \(missing).")
        case .settled, .notApproved: return .requestSettled(shown.whatBecameOfIt)
        }
    }
}

/// Takes a refusal out of a transaction.
final class Refused: Sendable {
    private let found = Mutex<RequestRefusal?>(nil)

    var refusal: RequestRefusal? { found.withLock { $0 } }

    func note(_ refusal: RequestRefusal) { found.withLock { $0 = refusal } }
}
