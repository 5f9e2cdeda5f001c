public import Ledger
import SignIn
public import Tokens

/// Removing people for good.
extension PeopleDesk {
    /// Removes a person for good. When this returns, their tokens are revoked everywhere, they are signed out, their login
    /// is free, and nothing can sign them in. Who they were is erased after ``EventRetention/eraseAfter``.
    ///
    /// Throws ``DeskFault/forbidden(_:)`` as ``removalRefusal(for:by:)`` says, and for the last administrator, and
    /// ``DeskFault/personRemoved`` where somebody else was faster.
    public func remove(_ subject: Subject, by requester: Requester) async throws(DeskFault) {
        if let refusal = try await removalRefusal(for: subject, by: requester) { throw .forbidden(refusal) }
        try await changing(subject) { () throws(LedgerError) in
            try await ledger.removePerson(subject.id, event: event(.subjectEnded, subject, requester))
        }
    }

    /// Why `requester` cannot remove a person; `nil` where only their being the last administrator may prevent it.
    public func removalRefusal(
        for subject: Subject, by requester: Requester
    ) async throws(DeskFault) -> String? {
        try requester.refuse(.removePerson)
        try refuseAccount(subject)
        guard requester.subject?.id != subject.id else {
            return "You cannot remove yourself: another administrator can."
        }
        guard subject.endedAt == nil else { throw .personRemoved }
        guard !subject.isBreakGlass, try await ways(of: subject).isProvisioned else { return nil }
        return
            "\(subject.login) is provisioned by the identity provider: remove the account there, and it is removed "
            + "here in the same moment."
    }

    /// How a person signs in, and when they last did.
    public func ways(of subject: Subject) async throws(DeskFault) -> SignInWays {
        try await read { () throws(LedgerError) in try await ledger.signInWays(of: subject.id) }
    }
}
