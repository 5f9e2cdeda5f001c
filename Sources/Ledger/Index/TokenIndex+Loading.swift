internal import Memory
internal import Synchronization
public import Tokens

/// Takes in what the ledger holds. What was told of by ``TokenIndex/apply(_:)`` is never older, and stays.
extension TokenIndex: LedgerReader {
    /// How far it is with what the ledger holds.
    public var progress: LoadingProgress { loading.progress }

    public func begin(tokens: Int) {
        loading.begin(tokens)
        records.reserve(tokens)
    }

    public func read(_ subject: Subject) {
        people.set(subject, unlessKnown: true)
    }

    public func read(_ policy: SignInPolicy?) {
        set(policy, isTold: false)
    }

    public func read(_ token: borrowing LoadedToken) throws(LedgerError) {
        let words = PackedToken(
            id: token.id, isRevoked: token.isRevoked, owner: people.number(of: token.owner),
            permissions: token.isRevoked
                ? PermissionTable.gone
                : try permissions.number(scopes: token.scopes, addresses: token.addresses),
            expiresAt: token.expiresAt, createdAt: token.createdAt)
        let digest = token.digest.words
        loading.batch.withLock { batch in
            batch.append((digest, words.words))
            if batch.count == Loading.batchSize { take(&batch) }
        }
    }

    public func end() {
        loading.batch.withLock { take(&$0) }
        loading.end()
    }

    private func take(_ batch: inout [(key: Words, words: Words)]) {
        records.insert(batch)
        loading.add(batch.count)
        batch.removeAll(keepingCapacity: true)
    }
}
