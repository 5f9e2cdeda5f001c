public import Ledger
internal import Memory
internal import Synchronization
public import Tokens

/// Restores permissions that ``TokenIndex/sweep(at:)`` removed while the clock was ahead.
extension TokenIndex {
    /// Whether permissions were removed from a token that has not expired at `now`, because the clock was set
    /// back.
    public func isMissingPermissions(at now: Timestamp) -> Bool {
        latestGone.load(ordering: .acquiring) > now.milliseconds
    }

    /// Restores what is missing at `now` from everything that `load` reads; where that fails, it stays
    /// missing. Neither two calls nor a call and ``sweep(at:)`` may overlap.
    public func takeBackPermissions(
        at now: Timestamp, load: (any LedgerReader) async throws(LedgerError) -> Void
    ) async throws(LedgerError) {
        let former = latestGone.exchange(.min, ordering: .acquiringAndReleasing)
        do {
            try await load(ReturningPermissions(index: self, now: now))
        } catch {
            latestGone.store(former, ordering: .releasing)
            throw error
        }
    }
}

/// Restores the ledger's permissions of tokens that lost them too early.
private struct ReturningPermissions: LedgerReader {
    let index: TokenIndex
    let now: Timestamp

    func begin(tokens: Int) {}
    func read(_ subject: Subject) {}
    func read(_ policy: SignInPolicy?) {}
    func end() {}

    func read(_ token: borrowing LoadedToken) throws(LedgerError) {
        guard !token.isRevoked, let end = token.expiresAt, end > now,
            let number = index.records.find(token.digest.words)?.number
        else { return }
        guard PackedToken(index.records.words(of: number)).permissions == PermissionTable.gone else { return }
        let permissions = try index.permissions.number(scopes: token.scopes, addresses: token.addresses)
        let isTaken = index.holding.withLock { _ in
            let words = PackedToken(index.records.words(of: number))
            guard words.permissions == PermissionTable.gone, !words.isRevoked else { return false }
            let whole = PackedToken(
                id: words.id, isRevoked: false, owner: words.owner, permissions: permissions,
                expiresAt: words.expiresAt,
                createdAt: words.createdAt)
            index.records.store(whole.holding, at: PackedToken.holding, of: number)
            return true
        }
        if isTaken {
            index.generation.wrappingAdd(1, ordering: .acquiringAndReleasing)
        } else {
            index.permissions.letGo(of: permissions)
        }
    }
}
