public import Sodium
public import Tokens

/// Passwords of local accounts, and the one-time links (invitations) that set them.
public protocol PasswordLedger: Sendable {
    /// Finds the account for what somebody typed into the sign-in form: by login, else by e-mail address (folded),
    /// which must belong to exactly one account that has a password and has not ended.
    func subject(signingInAs text: String) async throws(LedgerError) -> Subject?
    func passwordHash(of subject: SubjectID) async throws(LedgerError) -> PasswordHash?
    /// Sets a password and, in the same transaction, ends all sessions of the subject except `keeping`.
    ///
    /// Throws ``LedgerError/changedMeanwhile`` where `old` is given and is no longer the password.
    func setPassword(
        _ hash: PasswordHash, of subject: SubjectID, replacing old: PasswordHash?, keeping: SessionID?,
        event: Event
    ) async throws(LedgerError)
    /// Stores another hash of the same password, as when the cost has changed: no session ends, and no event is kept.
    ///
    /// Throws ``LedgerError/changedMeanwhile`` where `old` is no longer the stored hash.
    func keep(
        _ hash: PasswordHash, of subject: SubjectID, replacing old: PasswordHash
    ) async throws(LedgerError)

    // MARK: Invitations

    /// Adds an invitation and removes earlier ones for the same subject. Of those for the first administrator, whose
    /// subject is `nil`, the latest ``LedgerLimits/firstInvitations`` stay.
    func add(_ invitation: Invitation) async throws(LedgerError)
    /// The unused invitation of that digest, which may have expired.
    func invitation(_ digest: SHA256Digest) async throws(LedgerError) -> Invitation?
    /// Uses an invitation and sets the password, in one transaction. For the first administrator it also adds the
    /// subject and removes the other invitations of that kind. Sessions end as with
    /// ``setPassword(_:of:replacing:keeping:event:)``.
    ///
    /// Throws ``LedgerError/loginTaken``, and ``LedgerError/invitationUsed`` where the invitation is gone, is for
    /// another subject, or is for the first administrator of a desk that has or had one.
    func accept(
        _ digest: SHA256Digest, as subject: Subject, password: PasswordHash, event: Event
    ) async throws(LedgerError)
}

extension PasswordLedger {
    /// Sets a password whatever it was before, and ends all sessions of the subject except `keeping`.
    public func setPassword(
        _ hash: PasswordHash, of subject: SubjectID, keeping: SessionID?, event: Event
    ) async throws(LedgerError) {
        try await setPassword(hash, of: subject, replacing: nil, keeping: keeping, event: event)
    }
}

/// A one-time link by which a person sets a first or a new password.
public struct Invitation: Hashable, Sendable {
    /// The SHA-256 digest of the code in the link.
    public let digest: SHA256Digest
    /// The person it is for; `nil` for the first administrator, who has no account yet.
    public let subject: SubjectID?
    public let expiresAt: Timestamp

    public init(digest: SHA256Digest, subject: SubjectID?, expiresAt: Timestamp) {
        self.digest = digest
        self.subject = subject
        self.expiresAt = expiresAt
    }
}
