public import Tokens

/// Service accounts: subjects without a way to sign in, see ``Tokens/ServiceAccount``.
///
/// They are added like other subjects, by ``SubjectLedger/add(_:event:)``. Whether an account has a steward who is
/// active is decided in each transaction that changes a subject: the last one who leaves, and the first who comes
/// back, change ``Tokens/ServiceAccount/unattendedSince``, and an event is kept.
public protocol AccountLedger: Sendable {
    /// The accounts that were not removed, by login.
    func accounts() async throws(LedgerError) -> [Subject]
    /// The people who are stewards of one of these accounts now, by login.
    func stewards(of accounts: [Subject]) async throws(LedgerError) -> [Subject]
    /// Replaces an account's title and everything of its ``Tokens/Subject/account`` but
    /// ``Tokens/ServiceAccount/unattendedSince``. Returns the subject as it now is.
    ///
    /// Throws ``LedgerError/noSuchSubject`` where there is no such account, or where it was removed.
    @discardableResult
    func change(
        _ id: SubjectID, title: PersonName, account: ServiceAccount, event: Event
    ) async throws(LedgerError) -> Subject
    /// Removes an account for good, and revokes its tokens. Its login is free again.
    ///
    /// Throws ``LedgerError/noSuchSubject`` where there is no such account, or where it was removed.
    func remove(_ id: SubjectID, event: Event) async throws(LedgerError)
    /// Decides again which accounts have a steward who is active.
    func settleStewards(at now: Timestamp) async throws(LedgerError)
}
