public import Ledger
internal import Memory
internal import Synchronization
public import Tokens

/// Restores permissions that ``TokenIndex/sweep(at:)`` removed while the clock was ahead.
extension TokenIndex {
    /// Whether permissions were removed from a token that has not expired at `now`, because the clock was set
    /// back.
    public func isMissingPermissions(at now: Timestamp) -> Bool {
        latestRemovedExpiry.load(ordering: .acquiring) > now.milliseconds
    }

    /// Restores what is missing at `now` from everything that `load` reads; where that fails, it stays
    /// missing. Neither two calls nor a call and ``sweep(at:)`` may overlap.
    public func restorePermissions(
        at now: Timestamp, load: (any LedgerReader) async throws(LedgerError) -> Void
    ) async throws(LedgerError) {
        let former = latestRemovedExpiry.exchange(.min, ordering: .acquiringAndReleasing)
        do {
            try await load(PermissionRestorer(index: self, now: now))
        } catch {
            latestRemovedExpiry.store(former, ordering: .releasing)
            throw error
        }
    }
}

/// Restores the ledger's permissions of tokens that lost them too early.
private struct PermissionRestorer: LedgerReader {
    let index: TokenIndex
    let now: Timestamp

    func begin(tokens: Int) {}
    func read(_ subject: Subject) {}
    func read(_ policy: SignInPolicy?) {}
    func read(_ policy: TokenPolicy) {}
    func read(_ decoy: DecoyRecord) {}
    func end() {}

    func read(_ token: borrowing LoadedToken) throws(LedgerError) {
        guard !token.isRevoked, let end = token.expiresAt, end > now,
            let number = index.records.find(token.digest.words)?.number
        else { return }
        guard PackedToken(index.records.words(of: number)).permissions == PermissionTable.removed else {
            return
        }
        let permissions = try index.permissions.number(scopes: token.scopes, addresses: token.addresses)
        let isTaken = index.permissionsLock.withLock { _ in
            let words = PackedToken(index.records.words(of: number))
            guard words.permissions == PermissionTable.removed, !words.isRevoked else { return false }
            let whole = PackedToken.assignment(owner: words.owner, permissions: permissions)
            index.records.store(whole, at: PackedToken.assignment, of: number)
            return true
        }
        if isTaken {
            index.generation.wrappingAdd(1, ordering: .acquiringAndReleasing)
        } else {
            index.permissions.release(of: permissions)
        }
    }
}
