internal import Memory
internal import Synchronization
public import Tokens

/// What was swept out under a clock that was ahead comes back once that is set right.
extension TokenIndex {
    /// Whether terms were let go of a token that has not expired at `now`: the clock has been set back.
    public func isMissingPermissions(at now: Timestamp) -> Bool {
        latestGone.load(ordering: .acquiring) > now.milliseconds
    }

    /// Takes back, out of all that `load` reads, what is missing at `now`; where it fails, that is missing still. Not
    /// to be called by two at once, nor beside ``sweep(at:)``.
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

/// Gives tokens the terms that they have in the ledger, where the index let go of them too early.
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
